// SPDX-License-Identifier: MIT
/** The time of an event, x86-64: the time stamp counter, in units of 16 ticks. */
#ifndef MF_PRELOAD_MACHINE_TICKS_H
#define MF_PRELOAD_MACHINE_TICKS_H

#include <stdint.h>

/** Time units since some moment; the same moment for all threads. */
static inline uint64_t mf_ticks(void) {
    return __builtin_ia32_rdtsc() >> 4;
}

/** Let all that comes before happen before the next look at the time. Without it the
 * processor reads its counter while it waits for memory that another one writes. */
static inline void mf_ticks_settle(void) {
    __builtin_ia32_lfence();
}

#endif
