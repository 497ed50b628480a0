// SPDX-License-Identifier: MIT
/** The clock that everything is timed by: CLOCK_MONOTONIC in ns, as in the channel. */
#ifndef MF_RUNNER_UTIL_CLOCK_H
#define MF_RUNNER_UTIL_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_SECOND      UINT64_C(1000000000)
#define CLOCK_MILLISECOND UINT64_C(1000000)
/** A time that never comes. */
#define CLOCK_NEVER UINT64_MAX

static inline uint64_t clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CLOCK_SECOND + (uint64_t)now.tv_nsec;
}

/** A length of time as the kernel takes it. */
static inline struct timespec clock_span(uint64_t ns) {
    return (struct timespec){(time_t)(ns / CLOCK_SECOND), (long)(ns % CLOCK_SECOND)};
}

#endif
