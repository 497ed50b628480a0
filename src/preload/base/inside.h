// SPDX-License-Identifier: MIT
/**
 * Whether a thread is inside the library, where its calls go straight through.
 *
 * A signal handler may leave by longjmp() what it has interrupted, the library too: who
 * comes next finds the thread inside though its frame is gone, and goes on as from
 * outside. So each entry leaves a mark on the stack.
 */
#ifndef MF_PRELOAD_BASE_INSIDE_H
#define MF_PRELOAD_BASE_INSIDE_H

#include "preload/base/state.h"

#define MF_INSIDE_WORDS 8

/** A place on the stack of who enters, for as long as it is inside. It is large, lest a
 * later frame leave all of it as it was. */
struct mf_inside_mark {
    uintptr_t words[MF_INSIDE_WORDS];
};

/** Whether the frame that entered last still lives, seen from a place in a new frame. */
bool mf_inside_still(uintptr_t here);

/** Go inside: calls made from here on pass. False where this thread is inside already. */
static inline bool mf_inside_enter(struct mf_inside_mark *mark) {
    if (atomic_load_explicit(&mf_self.inside, memory_order_relaxed) &&
        mf_inside_still((uintptr_t)mark)) {
        return false;
    }
    for (int i = 0; i < MF_INSIDE_WORDS; i++) {
        mark->words[i] = ~(uintptr_t)mark;
    }
    // The compiler must believe that they are read.
    __asm__ volatile("" : : "r"(mark) : "memory");
    atomic_store_explicit(&mf_self.inside, (uintptr_t)mark, memory_order_relaxed);
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static inline void mf_inside_leave(void) {
    atomic_signal_fence(memory_order_seq_cst);
    atomic_store_explicit(&mf_self.inside, 0, memory_order_relaxed);
}

#endif
