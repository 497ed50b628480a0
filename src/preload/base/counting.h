// SPDX-License-Identifier: MIT
/** Where the calling thread counts its calls. */
#ifndef MF_PRELOAD_BASE_COUNTING_H
#define MF_PRELOAD_BASE_COUNTING_H

#include "preload/base/next.h"
#include "preload/base/state.h"

/** Have the fast paths count in a counter of the thread's own; NULL = they may not. */
static inline void mf_count_in(struct mf_thread_counter *counter) {
    const struct mf_window *window = &mf_hot.windows[MF_MALLOC];
    bool whole = window->low == 0 && window->count == UINT64_MAX;
    mf_self.counter = counter;
    mf_self.gate = counter && whole ? counter : &mf_nobody;
}

#endif
