// SPDX-License-Identifier: MIT
#include "preload/pages/blocks.h"

#include "preload/base/inside.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/stack/stack.h"

static uint64_t used_bytes(void) {
    return atomic_load_explicit(&mf_pages.heap.used, memory_order_relaxed) *
           MF_BLOCK_PAGE;
}

bool mf_blocks_hold(const void *pointer) {
    return (uintptr_t)pointer - mf_pages.heap.start < used_bytes();
}

uint32_t mf_blocks_page(const void *pointer) {
    return (uint32_t)(((uintptr_t)pointer - mf_pages.heap.start) / MF_BLOCK_PAGE);
}

static uint32_t state_of(const struct mf_block *block) {
    return atomic_load_explicit(&block->state, memory_order_acquire);
}

struct mf_block *mf_blocks_find(const void *pointer) {
    struct mf_block *block = mf_block_at(mf_blocks_page(pointer));
    bool is_it = state_of(block) != MF_BLOCK_NONE && block->address == (uintptr_t)pointer;
    return is_it ? block : NULL;
}

struct mf_block *mf_blocks_around(const void *pointer) {
    uint32_t page = mf_blocks_page(pointer);
    // A block is in the span it begins in, so the nearest one below is it, or none is.
    for (uint32_t at = page / 2 * 2 + 2; at >= 2; at -= 2) {
        struct mf_block *block = mf_block_at(at - 2);
        if (state_of(block) != MF_BLOCK_NONE &&
            mf_blocks_page((void *)block->address) <= page) {
            return page - block->span < block->span_pages ? block : NULL;
        }
    }
    return NULL;
}

/** mf_stack_walk()'s question. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct mf_block_stack *stack = context;
    stack->addresses[stack->count++] = frame->address;
    return stack->count < MF_BLOCK_FRAMES;
}

void mf_blocks_note(struct mf_block_stack *stack) {
    // What the walk itself might allocate is not walked.
    struct mf_inside_mark mark;
    bool entered = mf_inside_enter(&mark);
    stack->tid = mf_self.tid ? mf_self.tid : mf_tid();
    stack->count = 0;
    mf_stack_walk(0, on_frame, stack);
    if (entered) {
        mf_inside_leave();
    }
}
