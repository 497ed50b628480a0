// SPDX-License-Identifier: MIT
#include "runner/diagnose/finding.h"

#include "core/channel/journal.h"
#include "core/channel/mix.h"
#include "core/channel/stackid.h"
#include "runner/diagnose/sentence.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** The most stacks whose leaked blocks are named. */
#define LEAKS_MAX 8

/** Whose injections are meant. */
enum whose {
    ITS_THREAD,
    ITS_PROCESS,
    ANYBODYS,
};

/** What the journal says of one process. */
struct past {
    bool any;
    struct mf_injection last;
    uint64_t count;
    /** How many in a row, at the end, came from one stack. */
    uint64_t in_a_row;
};

/** The injections that a crash may come of. */
static struct past past_of(const struct channel *channel, const struct crash *crash,
                           enum whose whose) {
    struct past past = {0};
    struct mf_injection entry;
    uint64_t cursor = 0;
    while (mf_journal_next(channel->head, &cursor, &entry) &&
           cursor <= crash->journal_used) {
        if ((whose != ANYBODYS && entry.pid != crash->pid) ||
            (whose == ITS_THREAD && entry.tid != crash->tid)) {
            continue;
        }
        bool same = past.any && entry.stack_id == past.last.stack_id;
        past.in_a_row = same ? past.in_a_row + 1 : 1;
        past.any = true;
        past.last = entry;
        past.count++;
    }
    return past;
}

/** Where a frame of the channel lies, in the run's own table of modules. */
static struct frame place_of(const struct finding_source *source,
                             const struct mf_frame *frame) {
    struct frame place = {MODULE_NONE, frame->offset};
    struct mf_module module;
    if (channel_module(source->channel, frame->module, &module)) {
        place.module = modules_add(source->modules, &module);
    }
    return place;
}

/** Name the frames of a stack, inlined calls too. */
static int name_stack(struct finding_stack *stack, struct symbols *symbols,
                      const struct raw_stack *raw) {
    size_t places = raw->count < FINDING_PLACES_MAX ? raw->count : FINDING_PLACES_MAX;
    size_t room = 0;
    stack->total = raw->count;
    for (size_t i = 0; i < places; i++) {
        struct symbol_list list =
            symbols_find(symbols, raw->frames[i], !raw_stack_is_exact(raw, i));
        if (stack->count + list.count > room) {
            room = 2 * room + list.count + 16;
            void *grown = reallocarray(stack->frames, room, sizeof(stack->frames[0]));
            if (!grown) {
                return -1;
            }
            stack->frames = grown;
        }
        for (size_t k = 0; k < list.count; k++) {
            stack->frames[stack->count++] =
                (struct finding_frame){raw->frames[i], &list.symbols[k]};
        }
    }
    return 0;
}

/** Name a stack of the channel's. */
static int name_places(struct finding_stack *stack, const struct finding_source *source,
                       const struct mf_frame *places, size_t count) {
    struct frame frames[MF_FRAMES_MAX];
    for (size_t i = 0; i < count; i++) {
        frames[i] = place_of(source, &places[i]);
    }
    const struct raw_stack raw = {.frames = frames, .count = count};
    return name_stack(stack, source->symbols, &raw);
}

static int name_injection(struct finding *finding, const struct finding_source *source) {
    return name_places(&finding->injection_stack, source, finding->injection.frames,
                       finding->injection.frame_count);
}

/** Name who allocated or freed a block. */
static int name_trace(struct finding_stack *stack, struct symbols *symbols,
                      const struct heap_trace *trace) {
    const struct raw_stack raw = {.frames = (struct frame *)trace->frames,
                                  .count = trace->count};
    return name_stack(stack, symbols, &raw);
}

/** Name the stacks of the other threads. */
static int name_threads(struct finding *finding, struct symbols *symbols) {
    const struct crash *crash = finding->crash;
    finding->threads = calloc(crash->thread_count ? crash->thread_count : 1,
                              sizeof(finding->threads[0]));
    if (!finding->threads) {
        return -1;
    }
    for (size_t i = 0; i < crash->thread_count; i++) {
        finding->thread_count++;
        if (name_stack(&finding->threads[i], symbols, &crash->threads[i].stack) != 0) {
            return -1;
        }
    }
    return 0;
}

/** A stack's cycle, by its raw places. */
static struct cycle cycle_of(const struct raw_stack *stack) {
    struct cycle none = {0, 0, 0};
    uint64_t *keys = calloc(stack->count ? stack->count : 1, sizeof(keys[0]));
    for (size_t i = 0; keys && i < stack->count; i++) {
        keys[i] = mf_mix(stack->frames[i].offset + MF_MIX_STEP) ^ stack->frames[i].module;
    }
    struct cycle cycle = keys ? cycle_find(keys, stack->count) : none;
    free(keys);
    return cycle;
}

/** Frames as outcome_judge() takes them; NULL when memory ran out. */
static struct outcome_frame *plain(const struct finding_stack *stack,
                                   const struct modules *modules) {
    struct outcome_frame *frames =
        calloc(stack->count ? stack->count : 1, sizeof(frames[0]));
    for (size_t i = 0; frames && i < stack->count; i++) {
        const struct symbol *symbol = stack->frames[i].symbol;
        frames[i] = (struct outcome_frame){
            .function = symbol->short_name,
            .module = modules_name(modules, stack->frames[i].place.module),
            .file = symbol->file,
            .line = symbol->line,
            .offset = stack->frames[i].place.offset,
        };
    }
    return frames;
}

/** The cycle among the named frames, where inlined calls have moved it. */
static struct cycle named_cycle(const struct finding *finding) {
    struct cycle cycle = finding->cycle;
    struct cycle named = {SIZE_MAX, 0, cycle.repeats};
    const struct finding_stack *stack = &finding->crash_stack;
    size_t raw = 0;
    for (size_t i = 0; cycle.length > 0 && i < stack->count; i++) {
        if (raw >= cycle.start && raw < cycle.start + cycle.length) {
            named.start = named.start < i ? named.start : i;
            named.length++;
        }
        raw += !stack->frames[i].symbol->inlined;
    }
    return named.length ? named : (struct cycle){0, 0, 0};
}

/** The stacks of a finding as outcome_judge() takes them. */
struct plain_stacks {
    struct outcome_frame *crash, *injection, *allocation, *release;
};

static void free_plain(struct plain_stacks *stacks) {
    free(stacks->crash);
    free(stacks->injection);
    free(stacks->allocation);
    free(stacks->release);
}

/** Make them; 0 on success. */
static int make_plain(struct plain_stacks *stacks, const struct finding *finding,
                      const struct modules *modules) {
    stacks->crash = plain(&finding->crash_stack, modules);
    stacks->injection = plain(&finding->injection_stack, modules);
    stacks->allocation = plain(&finding->allocation_stack, modules);
    stacks->release = plain(&finding->release_stack, modules);
    return stacks->crash && stacks->injection && stacks->allocation && stacks->release
               ? 0
               : -1;
}

static int judge(struct finding *finding, const struct finding_source *source,
                 uint64_t in_a_row) {
    const struct crash *crash = finding->crash;
    struct plain_stacks stacks = {NULL, NULL, NULL, NULL};
    if (make_plain(&stacks, finding, source->modules) != 0) {
        free_plain(&stacks);
        return -1;
    }
    finding->cycle = named_cycle(finding);
    struct outcome_injection injection = {
        .function = mf_function_name(finding->injection.function),
        .size = finding->injection.size,
        .frames = stacks.injection,
        .count = finding->injection_stack.count,
    };
    const struct outcome_heap heap = {
        .fault = crash->heap.fault,
        .finder = crash->heap.finder,
        .address = crash->heap.address,
        .size = crash->heap.size,
        .freed = crash->heap.freed,
        .offset = crash->heap.offset,
        .allocation = stacks.allocation,
        .release = stacks.release,
        .allocation_count = finding->allocation_stack.count,
        .release_count = finding->release_stack.count,
    };
    struct outcome_facts facts = {
        .timed_out = crash->signal == 0,
        .signal = crash->signal,
        .code = crash->code,
        .address = crash->address,
        .address_known = crash->address_known,
        .access = crash->access,
        .sp = crash->sp,
        .stack_low = crash->stack_low,
        .stack_high = crash->stack_high,
        .freed_fill_seen = crash->freed_fill_seen,
        .frames = stacks.crash,
        .count = finding->crash_stack.count,
        .total = crash->stack.count,
        .cycle = finding->cycle,
        .abort_message = crash->abort_message,
        .last_words = source->last_words ? source->last_words : "",
        // Another process's failure is no NULL in this one.
        .injection =
            finding->injected && finding->injection.pid == crash->pid ? &injection : NULL,
        .heap = &heap,
        .injections = finding->injections,
        .same_in_a_row = in_a_row,
    };
    outcome_judge(&facts, &finding->verdict);
    free_plain(&stacks);
    return 0;
}

/** The id of what a cycle does, wherever it was cut off: its frames added up. */
static uint64_t cycle_id(const struct finding *finding, const struct modules *modules) {
    uint64_t sum = 0;
    for (size_t i = 0; i < finding->cycle.length; i++) {
        size_t at = finding->cycle.start + i;
        if (at < finding->crash_stack.count) {
            sum += modules_stack_id(modules, &finding->crash_stack.frames[at].place, 1);
        }
    }
    return sum;
}

/** Equal for the same defect: injected stack, outcome and class, crash stack. */
static uint64_t sign(const struct finding *finding, const struct modules *modules) {
    const struct crash *crash = finding->crash;
    uint64_t where = 0;
    if (finding->cycle.length > 0) {
        where = cycle_id(finding, modules);
    } else if (crash->signal != 0) {
        where = modules_stack_id(modules, crash->stack.frames, crash->stack.count);
    }
    uint64_t injected = finding->injected ? finding->injection.stack_id : 0;
    uint64_t what = finding->verdict.outcome * OUTCOME_WEIGHT + finding->verdict.class;
    return mf_mix(mf_mix(injected + MF_MIX_STEP) ^ mf_mix(what + 1) ^ where);
}

int finding_make(struct finding *finding, const struct finding_source *source,
                 const struct crash *crash) {
    *finding = (struct finding){.crash = crash, .cycle = cycle_of(&crash->stack)};
    struct past past = past_of(source->channel, crash, ITS_THREAD);
    if (!past.any) {
        past = past_of(source->channel, crash, ITS_PROCESS);
    }
    if (!past.any) {
        // One process can break by what another one hands on.
        past = past_of(source->channel, crash, ANYBODYS);
    }
    finding->injected = past.any;
    finding->injection = past.last;
    finding->injections = past.count;
    finding->allocator = source->channel->head->allocator - 1;
    if (name_stack(&finding->crash_stack, source->symbols, &crash->stack) != 0 ||
        name_injection(finding, source) != 0 ||
        name_trace(&finding->allocation_stack, source->symbols,
                   &crash->heap.allocation) != 0 ||
        name_trace(&finding->release_stack, source->symbols, &crash->heap.release) != 0 ||
        name_threads(finding, source->symbols) != 0 ||
        judge(finding, source, past.in_a_row) != 0) {
        finding_destroy(finding);
        return -1;
    }
    finding->signature = sign(finding, source->modules);
    return 0;
}

int finding_judge_end(struct finding *finding, const struct finding_source *source,
                      enum outcome outcome, const char *what) {
    struct outcome_verdict *verdict = &finding->verdict;
    struct outcome_frame *frames = plain(&finding->injection_stack, source->modules);
    if (!frames) {
        return -1;
    }
    const struct outcome_injection injection = {
        .function = mf_function_name(finding->injection.function),
        .size = finding->injection.size,
        .frames = frames,
        .count = finding->injection_stack.count,
    };
    const struct outcome_facts facts = {.injection =
                                            finding->injected ? &injection : NULL};
    verdict->outcome = outcome;
    verdict->class = outcome == OUTCOME_HUNG ? CLASS_SPINNING
                     : outcome == OUTCOME_CRASHED || outcome == OUTCOME_ABORTED
                         ? CLASS_OTHER
                         : CLASS_NONE;
    verdict->detail[0] = '\0';
    struct sentence sentence = sentence_begin(&facts, verdict, verdict->explanation,
                                              sizeof(verdict->explanation));
    put_after(&sentence);
    put(&sentence, "%s", what);
    sentence_end(&sentence);
    finding->signature =
        mf_mix(mf_mix(finding->injection.stack_id + MF_MIX_STEP) ^ outcome);
    free(frames);
    return 0;
}

int finding_add_leaks(struct finding *finding, const struct finding_source *source,
                      const struct leaks *leaks) {
    size_t count = leaks->count < LEAKS_MAX ? leaks->count : LEAKS_MAX;
    finding->leaked_blocks = leaks_blocks(leaks);
    finding->leaked_bytes = leaks_bytes(leaks);
    finding->leaks = calloc(count + 1, sizeof(finding->leaks[0]));
    for (size_t i = 0; finding->leaks && i < count; i++) {
        const struct leak *leak = &leaks->list[i];
        struct finding_leak *into = &finding->leaks[finding->leak_count++];
        *into = (struct finding_leak){.blocks = leak->blocks, .bytes = leak->bytes};
        if (name_places(&into->stack, source, leak->frames, leak->frame_count) != 0) {
            return -1;
        }
    }
    return finding->leaks ? 0 : -1;
}

void finding_destroy(struct finding *finding) {
    for (size_t i = 0; i < finding->leak_count; i++) {
        free(finding->leaks[i].stack.frames);
    }
    free(finding->leaks);
    for (size_t i = 0; i < finding->thread_count; i++) {
        free(finding->threads[i].frames);
    }
    free(finding->threads);
    free(finding->crash_stack.frames);
    free(finding->injection_stack.frames);
    free(finding->allocation_stack.frames);
    free(finding->release_stack.frames);
    *finding = (struct finding){0};
}

/** Whether a signal handler was running: the stack has a frame that a signal left. */
static bool in_handler(const struct crash *crash) {
    return crash->stack.exact_count > 1;
}

/** Whether it is a fault's own signal, raised once more by its handler and delivered at
 * its end. */
static bool is_raised_again(const struct crash *crash, const struct crash *before) {
    return crash->code <= 0 && crash->signal == before->signal && crash->pc == before->pc;
}

/** Whether it comes of an earlier crash of its thread, by the handler called for that. */
static bool is_aftermath(const struct crash *crashes, size_t index) {
    const struct crash *crash = &crashes[index];
    for (size_t i = 0; i < index; i++) {
        if (crashes[i].tid == crash->tid &&
            (in_handler(crash) || is_raised_again(crash, &crashes[i]))) {
            return true;
        }
    }
    return false;
}

/** Whether its process lived on, to crash in earnest later. */
static bool is_lived_with(const struct crash *crashes, size_t count, size_t index) {
    for (size_t i = index + 1; i < count; i++) {
        if (crashes[i].pid == crashes[index].pid && !is_aftermath(crashes, i)) {
            return true;
        }
    }
    return false;
}

bool finding_counts(const struct crash *crashes, size_t count, size_t index) {
    const struct crash *crash = &crashes[index];
    if (is_aftermath(crashes, index) || is_lived_with(crashes, count, index)) {
        return false;
    }
    if (crash->signal == 0) {
        return true;
    }
    return crash->end >= 0 && (WIFSIGNALED(crash->end) || WEXITSTATUS(crash->end) != 0);
}
