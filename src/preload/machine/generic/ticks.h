// SPDX-License-Identifier: MIT
/** The time of an event, any machine: nanoseconds by the system's clock. */
#ifndef MF_PRELOAD_MACHINE_TICKS_H
#define MF_PRELOAD_MACHINE_TICKS_H

#include "preload/base/sys.h"

/** Time units since some moment; the same moment for all threads. */
static inline uint64_t mf_ticks(void) {
    return mf_sys_now();
}

/** Let all that comes before happen before the next look at the time: the kernel does. */
static inline void mf_ticks_settle(void) {
}

#endif
