// SPDX-License-Identifier: MIT
#include "preload/call/call.h"

#include "core/channel/journal.h"
#include "core/channel/stackid.h"
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
    if (call->sites && call->sites->plan->asks_stack) {
        call->stack_rules |= mf_sites_rules(call->sites, frame->address).stacks;
    }
    unsigned at = walk->folded ? left : call->depth;
    if (at < MF_FRAMES_MAX) {
        call->frames[at] = frame->address;
    }
    return ++call->depth < MF_STACKID_DEPTH;
}

static void look(struct mf_interposed_call *call, bool folded) {
    struct walk walk;
    walk.call = call;
    walk.folded = folded;
    mf_stackid_begin(&walk.stack);
    mf_stack_walk(call->caller, on_frame, &walk);
    call->stack_id = walk.stack.id;
    call->depth = folded ? walk.stack.count : call->depth;
}

void mf_call_look_at_stack(struct mf_interposed_call *call) {
    if (!call->depth) {
        look(call, false);
    }
}

void mf_call_fold_stack(struct mf_interposed_call *call) {
    call->depth = 0;
    look(call, true);
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

void mf_call_record(struct mf_interposed_call *call, struct mf_process *process,
                    uint32_t rule, uint64_t number) {
    atomic_fetch_add_explicit(&process->injections, 1, memory_order_relaxed);
    mf_record_refused(call->facts.function, call->facts.size, call->caller);
    mallocfail_injected();
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
    entry->rule = rule;
    entry->number = number;
    entry->size = call->facts.size;
    entry->time_ns = since_armed(mf_now());
    entry->stack_id = call->stack_id;
    memcpy(entry->region, mf_self.region, sizeof(entry->region));
    entry->frame_count = mf_call_frame_count(call);
    mf_call_write_frames(call, entry->frames);
    mf_journal_publish(entry, sequence);
}
