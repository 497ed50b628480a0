// SPDX-License-Identifier: MIT
#include "preload/call/call.h"

#include "core/channel/journal.h"
#include "core/channel/stackid.h"
#include "core/policy/resource.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/call/injected.h"
#include "preload/heap/fill.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"
#include "preload/trace/record.h"

#include <string.h>

/** A call whose stack is walked. */
struct walk {
    struct mf_interposed_call *call;
    struct mf_stackid stack;
    /** Whether frames are kept as they are left when recursion is folded. */
    bool folded;
};

/** mf_stack_walk()'s question: take one frame into account. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct walk *walk = context;
    struct mf_interposed_call *call = walk->call;
    unsigned left =
        mf_stackid_push(&walk->stack, frame->module, frame->offset, frame->function);
    call->in_program |= frame->module == mf_modules.program;
    if (call->sites && call->sites->plan->asks_stack) {
        call->frame_rules |= mf_sites_rules(call->sites, frame->address).stacks;
    }
    unsigned at = walk->folded ? left : call->depth;
    if (at < MF_FRAMES_MAX) {
        call->frames[at] = frame->address;
    }
    return ++call->depth < MF_STACKID_DEPTH;
}

static void look(struct mf_interposed_call *call, bool folded, struct mf_trail *trail) {
    struct walk walk;
    walk.call = call;
    walk.folded = folded;
    mf_stackid_begin(&walk.stack);
    call->in_program = false;
    call->cut = !mf_stack_walk_from(call->start, trail, call->caller, on_frame, &walk);
    call->stack_id = walk.stack.id;
    call->depth = folded ? walk.stack.count : call->depth;
}

void mf_call_trail_stack(struct mf_interposed_call *call, struct mf_trail *trail) {
    mf_trail_spoil(trail);
    call->depth = 0;
    look(call, false, trail);
}

void mf_call_look_at_stack(struct mf_interposed_call *call) {
    if (!call->depth) {
        look(call, false, NULL);
    }
}

/** Which stack filters hold, by what the walk has found. */
static uint64_t rules_of(const struct mf_interposed_call *call) {
    const struct mf_plan *plan = call->sites->plan;
    uint64_t holding = 0;
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        unsigned at = (unsigned)__builtin_ctzll(rules);
        const struct mf_place *place = &plan->policy->rules[at].stack;
        bool names = place->module[0] || place->function[0];
        if ((!names || (call->frame_rules >> at & 1)) &&
            (!place->has_id || call->stack_id == place->id)) {
            holding |= UINT64_C(1) << at;
        }
    }
    return holding;
}

/** Find out which stack filters hold, and keep it. */
static void ask_stack(struct mf_interposed_call *call) {
    struct mf_trail trail;
    uint32_t generation = atomic_load(&call->sites->generation);
    mf_call_trail_stack(call, &trail);
    call->stack_rules = rules_of(call);
    mf_known_keep(&trail, generation, call->stack_rules);
}

uint64_t mf_call_stack_rules(struct mf_interposed_call *call) {
    if (!call->asked) {
        call->asked = true;
        if (!call->start ||
            !mf_known_find(call->sites, call->start, call->caller, &call->stack_rules)) {
            ask_stack(call);
        }
    }
    return call->stack_rules;
}

void mf_call_fold_stack(struct mf_interposed_call *call) {
    call->depth = 0;
    look(call, true, NULL);
}

void mf_call_write_frames(const struct mf_interposed_call *call,
                          struct mf_frame *frames) {
    for (unsigned i = 0; i < mf_call_frame_count(call); i++) {
        const struct mf_range *range = mf_modules_find(call->frames[i]);
        frames[i].module = range ? range->module : MF_MODULES_MAX;
        frames[i].offset = call->frames[i] - (range ? range->base : 0);
    }
}

/** How long ago the counting began. */
static uint64_t since_armed(uint64_t now) {
    return now > mf.armed_ns ? now - mf.armed_ns : 0;
}

/** Tell all but the journal of an injection. */
static void tell(const struct mf_interposed_call *call, struct mf_process *process) {
    atomic_fetch_add_explicit(&process->injections, 1, memory_order_relaxed);
    mf_record_refused(call->facts.function, call->facts.size, call->caller);
    mallocfail_injected();
}

/** Name the function where it is the program's own. */
static void name_own(struct mf_injection *entry) {
    unsigned which = entry->function - MF_NAMED;
    entry->own[0] = '\0';
    if (which < MF_NAMED_MAX && mf.head) {
        memcpy(entry->own, mf.head->patches.named[which].name, sizeof(entry->own) - 1);
        entry->own[sizeof(entry->own) - 1] = '\0';
    }
}

void mf_call_record(struct mf_interposed_call *call, struct mf_process *process,
                    uint32_t rule, uint64_t number) {
    tell(call, process);
    if (!mf.head) {
        return;
    }
    mf_fill_begin();
    mf_call_look_at_stack(call);
    uint64_t sequence;
    struct mf_injection *entry = mf_journal_reserve(mf.head, &sequence);
    bool shared = process != &mf.own_slot;
    entry->process = shared ? (uint32_t)(process - mf.slots) : MF_PROCESSES_MAX;
    entry->pid = atomic_load(&process->pid);
    entry->tid = mf_self.tid;
    entry->thread = mf_self.index;
    entry->function = call->facts.function;
    entry->error = mf_resource_error(call->facts.function, call->error);
    entry->rule = rule;
    name_own(entry);
    entry->number = number;
    entry->size = call->facts.size;
    entry->time_ns = since_armed(mf_now());
    entry->stack_id = call->stack_id;
    memcpy(entry->region, mf_self.region, sizeof(entry->region));
    entry->frame_count = mf_call_frame_count(call);
    mf_call_write_frames(call, entry->frames);
    mf_journal_publish(entry, sequence);
}

bool mf_call_repeat(const struct mf_interposed_call *call, struct mf_process *process,
                    uint64_t number) {
    struct mf_injection *entry = mf_journal_latest(mf.head);
    if (!entry || entry->tid != mf_self.tid || entry->function != call->facts.function ||
        memcmp(entry->region, mf_self.region, sizeof(entry->region)) != 0) {
        return false;
    }
    tell(call, process);
    mf_journal_repeat(entry, number, call->facts.size);
    return true;
}
