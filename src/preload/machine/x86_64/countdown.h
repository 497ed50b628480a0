// SPDX-License-Identifier: MIT
/** Count a thread counter down and up, x86-64: one instruction each, so that no signal
 * falls between. */
#ifndef MF_PRELOAD_MACHINE_COUNTDOWN_H
#define MF_PRELOAD_MACHINE_COUNTDOWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Take one off; whether it went below zero. */
static inline bool mf_count_down(_Atomic int64_t *left) {
    bool below;
    __asm__ volatile("subq $1, %0" : "+m"(*left), "=@ccs"(below));
    return below;
}

/** Add one; whether the top bit is set. */
static inline bool mf_count_up(_Atomic uint64_t *count) {
    bool top;
    __asm__ volatile("addq $1, %0" : "+m"(*count), "=@ccs"(top));
    return top;
}

#endif
