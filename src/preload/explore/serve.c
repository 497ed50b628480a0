// SPDX-License-Identifier: MIT
#include "preload/explore/serve.h"

#include "core/channel/stacktable.h"
#include "preload/base/state.h"
#include "preload/explore/exploration.h"
#include "preload/explore/stacks.h"

void mf_serve_map(const struct mf_memory *memory) {
    struct mf_exploration *ours = &mf_exploration;
    uint64_t at = mf.head->explore.serve_offset;
    uint64_t size =
        sizeof(*ours->serve) + ours->stacks_room * sizeof(*ours->serve_stacks);
    bool fits = at && at < memory->size && size <= memory->size - at && ours->stacks_room;
    ours->serve = fits ? mf_memory_map(memory, at, size) : NULL;
    ours->serve_stacks = ours->serve ? (struct mf_serve_stack *)(ours->serve + 1) : NULL;
}

/** The entry of a call's stack; NULL = there is no room for it. */
static const struct mf_stack *keep(struct mf_interposed_call *call) {
    const struct mf_exploration *ours = &mf_exploration;
    mf_call_look_at_stack(call);
    const struct mf_stack *kept =
        mf_stacktable_find(ours->stacks, ours->stacks_room, call->stack_id);
    if (kept && atomic_load_explicit(&kept->id, memory_order_relaxed) != call->stack_id) {
        mf_call_fold_stack(call);
        kept = mf_stacks_keep(call);
    }
    return kept;
}

/** Whether this call takes the wish for an allocation of its stack to fail. */
static bool is_wanted(struct mf_serve *serve, uint32_t index) {
    uint32_t wanted = index + 1;
    return atomic_load_explicit(&serve->wanted, memory_order_relaxed) == wanted &&
           atomic_compare_exchange_strong(&serve->wanted, &wanted, 0);
}

bool mf_serve_passes(struct mf_process *process, struct mf_interposed_call *call) {
    struct mf_exploration *ours = &mf_exploration;
    struct mf_serve *serve = ours->serve;
    if (!serve) {
        return true;
    }
    const struct mf_stack *kept = keep(call);
    if (!kept) {
        atomic_fetch_add_explicit(&serve->unlisted, 1, memory_order_relaxed);
        return true;
    }
    uint32_t index = (uint32_t)(kept - ours->stacks);
    uint32_t phase = atomic_load_explicit(&serve->phase, memory_order_relaxed);
    _Atomic uint32_t *seen = &ours->serve_stacks[index].seen;
    if (phase <= MF_SERVE_TRY &&
        !(atomic_load_explicit(seen, memory_order_relaxed) & 1u << phase)) {
        atomic_fetch_or_explicit(seen, 1u << phase, memory_order_relaxed);
    }
    if (phase != MF_SERVE_TRY || !is_wanted(serve, index)) {
        return true;
    }
    mf_call_record(call, process, 0, mf_process_seen(process));
    return false;
}
