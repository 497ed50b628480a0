// SPDX-License-Identifier: MIT
#include "runner/breakpoint/call.h"

#include "core/channel/journal.h"
#include "core/channel/stacktable.h"
#include "core/policy/glob.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <stdlib.h>
#include <string.h>

/** What is known of a call; the facts come first, for holds(). */
struct call {
    struct mf_call facts;
    struct served_run *run;
    struct served_thread *thread;
    struct mf_process *slot;
    /** Its number among those that are counted. */
    uint64_t number;
    /** Whether the stack has been walked, and how that went. */
    bool walked, known;
};

/** Multiply; whether that fits. */
static bool fits(uint64_t one, uint64_t other, uint64_t *product) {
    return !__builtin_mul_overflow(one, other, product);
}

static bool is_alignment(uint64_t number) {
    return number && !(number & (number - 1));
}

/** The size that a function of the program's own is asked for. */
static uint64_t named_size(const struct mf_named *named, const uint64_t *arguments) {
    uint64_t size = named->sizes[0] ? 1 : 0;
    for (int i = 0; i < 2; i++) {
        uint32_t at = named->sizes[i];
        size *= at >= 1 && at <= MF_NAMED_ARGUMENTS ? arguments[at - 1] : 1;
    }
    return size;
}

/** Find out what is asked for; false where the call is at fault itself, or gives back. */
static bool read_size(struct call *call, const struct mf_patches *patches,
                      const uint64_t *arguments) {
    uint64_t *size = &call->facts.size;
    uint32_t function = call->facts.function;
    switch (function) {
    case MF_MALLOC:
    case MF_VALLOC:
    case MF_PVALLOC:
        *size = arguments[0];
        return true;
    case MF_CALLOC:
        return fits(arguments[0], arguments[1], size);
    case MF_REALLOC:
        *size = arguments[1];
        return true;
    case MF_REALLOCARRAY:
        return fits(arguments[1], arguments[2], size) && (*size || !arguments[0]);
    case MF_POSIX_MEMALIGN:
        *size = arguments[2];
        return is_alignment(arguments[1]) && arguments[1] % sizeof(void *) == 0;
    case MF_ALIGNED_ALLOC:
        *size = arguments[1];
        return is_alignment(arguments[0]);
    case MF_MEMALIGN:
        *size = arguments[1];
        return true;
    default:
        *size = named_size(&patches->named[function - MF_NAMED], arguments);
        return true;
    }
}

/** Walk the stack, once; whether there is one. */
static bool look_at_stack(struct call *call) {
    if (!call->walked) {
        call->walked = true;
        call->known = callstack_walk(&call->run->stack, call->thread->process->pid,
                                     call->thread->tid) == 0;
    }
    return call->known;
}

static bool caller_holds(struct call *call, const struct mf_place *place) {
    struct callstack *stack = &call->run->stack;
    if (!look_at_stack(call)) {
        return false;
    }
    if (place->has_id &&
        modules_stack_id(&stack->modules, stack->raw.frames, 1) != place->id) {
        return false;
    }
    return (!place->module[0] && !place->function[0]) || callstack_holds(stack, place, 0);
}

static bool stack_holds(struct call *call, const struct mf_place *place) {
    struct callstack *stack = &call->run->stack;
    if (!look_at_stack(call) || (place->has_id && stack->id != place->id)) {
        return false;
    }
    bool holds = !place->module[0] && !place->function[0];
    for (size_t i = 0; i < stack->raw.count && !holds; i++) {
        holds = callstack_holds(stack, place, i);
    }
    return holds;
}

static bool thread_name_holds(const struct call *call, const struct mf_rule *rule) {
    char name[16] = "";
    procfile_thread_name(call->thread->process->pid, call->thread->tid, name);
    return mf_glob_match(rule->thread_name, name);
}

/** mf_call's question about a filter. */
static bool holds(const struct mf_call *facts, enum mf_filter filter, unsigned at) {
    struct call *call = (struct call *)facts;
    const struct mf_rule *rule = &call->run->policy->rules[at];
    switch (filter) {
    case MF_FILTER_CALLER:
        return caller_holds(call, &rule->caller);
    case MF_FILTER_STACK:
        return stack_holds(call, &rule->stack);
    default:
        return thread_name_holds(call, rule);
    }
}

/** Write an injection to the journal. */
static void record_failure(struct call *call, uint32_t rule, uint64_t number) {
    struct mf_head *head = call->run->channel->head;
    struct served *process = call->thread->process;
    uint64_t sequence;
    bool known = look_at_stack(call);
    atomic_fetch_add(&call->slot->injections, 1);
    struct mf_injection *entry = mf_journal_reserve(head, &sequence);
    entry->process = process->slot;
    entry->pid = process->pid;
    entry->tid = call->thread->tid;
    entry->thread = call->thread->index;
    entry->function = call->facts.function;
    entry->rule = rule;
    entry->own[0] = '\0';
    if (entry->function >= MF_NAMED) {
        const struct mf_patches *patches = call->run->plan->patches;
        memcpy(entry->own, patches->named[entry->function - MF_NAMED].name,
               sizeof(entry->own) - 1);
        entry->own[sizeof(entry->own) - 1] = '\0';
    }
    entry->number = number;
    entry->size = call->facts.size;
    entry->time_ns = clock_now() - process->armed_ns;
    entry->stack_id = known ? call->run->stack.id : 0;
    entry->region[0] = '\0';
    entry->frame_count =
        known ? callstack_write(&call->run->stack, head, false, entry->frames) : 0;
    mf_journal_publish(entry, sequence);
}

/** A stretch of the channel, as its head says; NULL where it has none. */
static void *array_of(const struct channel *channel, uint64_t offset, uint64_t count,
                      uint64_t each) {
    bool there =
        count && offset <= channel->size && count <= (channel->size - offset) / each;
    return there ? (char *)channel->head + offset : NULL;
}

/** Keep a stack that is met for the first time. */
static void keep_stack(const struct call *call) {
    const struct channel *channel = call->run->channel;
    struct mf_explore *explore = &channel->head->explore;
    struct callstack *walked = &call->run->stack;
    struct mf_stack *stacks =
        array_of(channel, explore->stacks_offset, explore->stacks_room, sizeof(*stacks));
    struct mf_frame *frames =
        array_of(channel, explore->frames_offset, explore->frames_room, sizeof(*frames));
    struct mf_stack *stack =
        stacks ? mf_stacktable_find(stacks, explore->stacks_room, walked->id) : NULL;
    if (!stack || atomic_load(&stack->id) == walked->id) {
        return;
    }
    struct mf_frame written[MF_FRAMES_MAX];
    unsigned count = callstack_write(walked, channel->head, true, written);
    atomic_store(&stack->id, walked->id);
    stack->size = call->facts.size;
    stack->cut = callstack_is_cut(walked);
    uint64_t first = atomic_fetch_add(&explore->frames_used, count);
    if (frames && first < explore->frames_room && count <= explore->frames_room - first) {
        memcpy(&frames[first], written, count * sizeof(written[0]));
        stack->first = (uint32_t)first;
        stack->count = count;
    }
}

/** Record a call's stack, as clean runs want it. */
static void record_stack(struct call *call) {
    const struct channel *channel = call->run->channel;
    struct mf_explore *explore = &channel->head->explore;
    bool first = call->thread->process->slot == 0;
    uint64_t *ids =
        array_of(channel, explore->ids_offset, explore->ids_room, sizeof(*ids));
    if ((first && (!ids || call->number > explore->ids_room)) || !look_at_stack(call)) {
        return;
    }
    keep_stack(call);
    if (first) {
        ids[call->number - 1] = call->run->stack.id;
        return;
    }
    struct mf_record *records = array_of(channel, explore->records_offset,
                                         explore->records_room, sizeof(*records));
    uint64_t at = atomic_fetch_add(&explore->records_used, 1);
    if (records && at < explore->records_room) {
        records[at].number = call->number;
        records[at].stack_id = call->run->stack.id;
        atomic_store(&records[at].process, call->thread->process->slot + 1);
    }
}

/** The counts of a thread; NULL where memory ran out. */
static struct mf_count *counts_of(struct served_thread *thread) {
    if (!thread->counts) {
        thread->counts = calloc(MF_POLICY_RULES_MAX, sizeof(thread->counts[0]));
    }
    return thread->counts;
}

/** Decide by the number alone. */
static bool fails_by_number(struct call *call) {
    struct served *process = call->thread->process;
    const struct mf_plan *rules = &process->rules;
    int rule = mf_decide_number(rules, call->number);
    if (call->number > process->decided) {
        process->decided = call->number;
        (void)served_count(call->run, process);
    }
    if (rule >= 0) {
        atomic_fetch_add(&call->slot->tallies[0].rules[rule].taken, 1);
    }
    if (!mf_rule_fails(rules, rule)) {
        return false;
    }
    // Exact also while other threads count on.
    uint64_t others = mf_process_seen(call->slot) - mf_process_counted(call->slot);
    record_failure(call, (uint32_t)rule, call->number + others);
    return true;
}

/** Decide by all that rules can ask. */
static bool fails_by_rules(struct call *call) {
    struct served *process = call->thread->process;
    const struct mf_plan *rules = &process->rules;
    struct mf_counts counts = {call->slot->tallies[0].rules, counts_of(call->thread),
                               false};
    if (!counts.thread ||
        !mf_window_holds(&rules->windows[call->facts.function], call->facts.size)) {
        return false;
    }
    call->facts.time_ns = clock_now() - process->armed_ns;
    call->facts.failures = atomic_load(&call->slot->injections);
    call->facts.thread = call->thread->index;
    call->facts.holds = holds;
    int rule = mf_decide(rules, &counts, &call->facts);
    if (!mf_rule_fails(rules, rule)) {
        return false;
    }
    record_failure(call, (uint32_t)rule, mf_process_seen(call->slot));
    return true;
}

bool call_fails(struct served_run *run, struct served_thread *thread, unsigned which,
                const struct machine_stop *stop) {
    const struct mf_patches *patches = run->plan->patches;
    struct served *process = thread->process;
    struct call call = {
        .facts = {.function = breakpoint_plan_function(&patches->list[which])},
        .run = run,
        .thread = thread,
        .slot = served_slot(run, process),
        .number = stop->counted + 1,
    };
    bool sound = read_size(&call, patches, stop->arguments);
    if (!call.slot || !process->armed) {
        return false;
    }
    if (!thread->allocates) {
        thread->allocates = true;
        atomic_fetch_add(&call.slot->threads, 1);
    }
    if (process->records) {
        record_stack(&call);
        return false;
    }
    if (!sound) {
        return false;
    }
    return process->by_number ? fails_by_number(&call) : fails_by_rules(&call);
}
