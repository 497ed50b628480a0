// SPDX-License-Identifier: MIT
#include "preload/explore/stacks.h"

#include "core/channel/stacktable.h"
#include "preload/base/state.h"
#include "preload/explore/exploration.h"

/** Write the frames down; without room for all of them, none. */
static void keep_frames(struct mf_stack *stack, const struct mf_interposed_call *call) {
    const struct mf_exploration *ours = &mf_exploration;
    unsigned count = mf_call_frame_count(call);
    uint64_t first = atomic_fetch_add_explicit(&mf.head->explore.frames_used, count,
                                               memory_order_relaxed);
    if (first < ours->frames_room && count <= ours->frames_room - first) {
        mf_call_write_frames(call, &ours->frames[first]);
        stack->first = (uint32_t)first;
        stack->count = count;
    }
}

struct mf_stack *mf_stacks_keep(const struct mf_interposed_call *call) {
    return mf_stacks_keep_as(call, call->stack_id, NULL);
}

struct mf_stack *mf_stacks_keep_as(const struct mf_interposed_call *call, uint64_t key,
                                   const struct mf_stack *like) {
    struct mf_exploration *ours = &mf_exploration;
    while (true) {
        struct mf_stack *stack = mf_stacktable_find(ours->stacks, ours->stacks_room, key);
        uint64_t id = stack ? atomic_load_explicit(&stack->id, memory_order_relaxed) : 0;
        if (!stack || id == key) {
            return stack;
        }
        // Another thread may be faster, with this stack or another one.
        if (id == 0 && atomic_compare_exchange_strong_explicit(&stack->id, &id, key,
                                                               memory_order_relaxed,
                                                               memory_order_relaxed)) {
            stack->size = call->facts.size;
            stack->function = call->facts.function;
            stack->cut = call->cut;
            if (like && like->count > 0) {
                stack->first = like->first;
                stack->count = like->count;
            } else {
                keep_frames(stack, call);
            }
            return stack;
        }
    }
}
