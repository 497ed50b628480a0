// SPDX-License-Identifier: MIT
/** Count a thread counter down and up, any machine: a relaxed atomic operation on an
 * unshared line. */
#ifndef MF_PRELOAD_MACHINE_COUNTDOWN_H
#define MF_PRELOAD_MACHINE_COUNTDOWN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** Take one off; whether it went below zero. */
static inline bool mf_count_down(_Atomic int64_t *left) {
    return atomic_fetch_sub_explicit(left, 1, memory_order_relaxed) <= 0;
}

/** Add one; whether the top bit is set. */
static inline bool mf_count_up(_Atomic uint64_t *count) {
    return atomic_fetch_add_explicit(count, 1, memory_order_relaxed) >> 63;
}

#endif
