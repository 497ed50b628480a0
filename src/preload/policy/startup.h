// SPDX-License-Identifier: MIT
/** The library's start: on the first call of a process, on the thread that makes it. */
#ifndef MF_PRELOAD_POLICY_STARTUP_H
#define MF_PRELOAD_POLICY_STARTUP_H

#include "preload/base/state.h"

/** Start the library if no call has yet. Keeps errno. */
void mf_startup_run(void);

/** The same from inside, at the first call. */
void mf_startup_begin(void);

/** The stage that the library has come to, started if no call has yet. From inside. */
static inline uint32_t mf_startup_stage(void) {
    uint32_t stage = atomic_load_explicit(&mf.stage, memory_order_acquire);
    if (mf_unlikely(stage == MF_COLD)) {
        mf_startup_begin();
        stage = atomic_load_explicit(&mf.stage, memory_order_acquire);
    }
    return stage;
}

#endif
