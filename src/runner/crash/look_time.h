// SPDX-License-Identifier: MIT
/** Until when looking at a process may take, where somebody waits for it. That can come to be
 * sooner meanwhile: it is asked for again and again. */
#ifndef MF_RUNNER_CRASH_LOOK_TIME_H
#define MF_RUNNER_CRASH_LOOK_TIME_H

#include "runner/util/clock.h"

struct look_time {
    uint64_t (*until_ns)(void *context);
    void *context;
};

/** Until when; NULL = nobody waits. */
static inline uint64_t look_time_until(const struct look_time *time) {
    return time ? time->until_ns(time->context) : CLOCK_NEVER;
}

/** The sooner of that and another time. */
static inline uint64_t look_time_before(const struct look_time *time, uint64_t other_ns) {
    uint64_t until = look_time_until(time);
    return until < other_ns ? until : other_ns;
}

#endif
