// SPDX-License-Identifier: MIT
/** The time of an event, aarch64: the generic timer's counter, as it counts. */
#ifndef MF_PRELOAD_TICKS_H
#define MF_PRELOAD_TICKS_H

#include <stdint.h>

/** Time units since some moment; the same moment for all threads. */
static inline uint64_t mf_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

#endif
