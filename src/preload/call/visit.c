// SPDX-License-Identifier: MIT
#include "preload/call/visit.h"

#include "core/channel/journal.h"
#include "core/channel/stackid.h"
#include "preload/base/sys.h"
#include "preload/call/fill.h"
#include "preload/policy/gate.h"
#include "preload/stack/stack.h"
#include "preload/trace/record.h"

#include <string.h>

/** mf_stack_walk()'s question: take one frame into account. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct mf_visit *visit = context;
    visit->stack_id = mf_stackid_add(visit->stack_id, frame->module, frame->offset);
    if (visit->active && visit->active->plan.asks_stack) {
        visit->stack_rules |= mf_sites_rules(visit->active, frame->address).stacks;
    }
    if (visit->depth < MF_FRAMES_MAX) {
        visit->frames[visit->depth] = frame->address;
    }
    return ++visit->depth < MF_STACKID_DEPTH;
}

void mf_visit_look_at_stack(struct mf_visit *visit) {
    if (!visit->depth) {
        visit->stack_id = MF_STACKID_START;
        mf_stack_walk(visit->caller, on_frame, visit);
    }
}

void mf_visit_write_frames(const struct mf_visit *visit, struct mf_frame *frames) {
    for (unsigned i = 0; i < mf_visit_frame_count(visit); i++) {
        const struct mf_range *range = mf_modules_find(visit->frames[i]);
        frames[i].module = range ? range->module : MF_MODULES_MAX;
        frames[i].offset = visit->frames[i] - (range ? range->base : 0);
    }
}

void mf_visit_begin_fill(void) {
    // The page allocator does better: it closes what is freed.
    if ((mf.head->options & MF_OPTION_FILL) && !mf.pages.on) {
        mf_hot.free = mf_fill_free;
    }
}

void mf_visit_record(struct mf_visit *visit, struct mf_process *process, uint32_t rule,
                     uint64_t number) {
    atomic_fetch_add_explicit(&process->injections, 1, memory_order_relaxed);
    mf_record_refused(visit->function, visit->size, visit->caller);
    mallocfail_injected();
    if (!mf.head) {
        return;
    }
    mf_visit_begin_fill();
    mf_visit_look_at_stack(visit);
    uint64_t sequence;
    struct mf_injection *entry = mf_journal_reserve(mf.head, &sequence);
    bool shared = process != &mf.own_slot;
    entry->process = shared ? (uint32_t)(process - mf.slots) : MF_PROCESSES_MAX;
    entry->pid = atomic_load(&process->pid);
    entry->tid = mf_self.tid;
    entry->thread = mf_self.index;
    entry->function = visit->function;
    entry->rule = rule;
    entry->number = number;
    entry->size = visit->size;
    entry->time_ns = mf_since_armed(mf_now());
    entry->stack_id = visit->stack_id;
    memcpy(entry->region, mf_self.region, sizeof(entry->region));
    entry->frame_count = mf_visit_frame_count(visit);
    mf_visit_write_frames(visit, entry->frames);
    mf_journal_publish(entry, sequence);
}
