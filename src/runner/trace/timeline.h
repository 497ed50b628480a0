// SPDX-License-Identifier: MIT
/** The live heap over time, in a number of stretches that does not grow: when they do not
 * reach any more, two become one. */
#ifndef MF_RUNNER_TRACE_TIMELINE_H
#define MF_RUNNER_TRACE_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

/** Even. */
#define TIMELINE_MAX 512

struct timeline {
    /** The length of a stretch, in time units. */
    uint64_t width;
    /** Index of the present one, and where it ends. */
    size_t at;
    uint64_t end;
    /** The most that lived in each. */
    uint64_t most[TIMELINE_MAX];
};

/** Begin at time 0, with nothing. */
void timeline_init(struct timeline *timeline);

/** Go on to a later time, over the present stretch's end; `live` was there until then. */
void timeline_go_on(struct timeline *timeline, uint64_t time, uint64_t live);

/** Note how much lives at a time; a time before the latest one counts as that. */
static inline void timeline_note(struct timeline *timeline, uint64_t time,
                                 uint64_t before, uint64_t live) {
    if (__builtin_expect(time >= timeline->end, 0)) {
        timeline_go_on(timeline, time, before);
    }
    if (live > timeline->most[timeline->at]) {
        timeline->most[timeline->at] = live;
    }
}

#endif
