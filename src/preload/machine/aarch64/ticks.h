// SPDX-License-Identifier: MIT
/** The time of an event, aarch64: the generic timer's counter, as it counts. */
#ifndef MF_PRELOAD_MACHINE_TICKS_H
#define MF_PRELOAD_MACHINE_TICKS_H

#include <stdint.h>

/** Time units since some moment; the same moment for all threads. */
static inline uint64_t mf_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

/** Let all that comes before happen before the next look at the time. Without it the
 * processor reads its counter while it waits for memory that another one writes. */
static inline void mf_ticks_settle(void) {
    __asm__ volatile("isb" : : : "memory");
}

#endif
