// SPDX-License-Identifier: MIT
#include "runner/trace/timeline.h"

/** A stretch's length at first, in time units. */
#define WIDTH_FIRST 64
/** No stretch is longer: the sums stay in range, whatever times a file has. */
#define WIDTH_MAX (UINT64_C(1) << 54)

void timeline_init(struct timeline *timeline) {
    *timeline = (struct timeline){.width = WIDTH_FIRST, .end = WIDTH_FIRST};
}

/** Make stretches twice as long. */
static void halve(struct timeline *timeline) {
    for (size_t i = 0; i < TIMELINE_MAX / 2; i++) {
        uint64_t a = timeline->most[2 * i], b = timeline->most[2 * i + 1];
        timeline->most[i] = a > b ? a : b;
    }
    for (size_t i = TIMELINE_MAX / 2; i < TIMELINE_MAX; i++) {
        timeline->most[i] = 0;
    }
    timeline->width *= 2;
    timeline->at /= 2;
}

void timeline_go_on(struct timeline *timeline, uint64_t time, uint64_t live) {
    while (time / timeline->width >= TIMELINE_MAX && timeline->width < WIDTH_MAX) {
        halve(timeline);
    }
    uint64_t wanted = time / timeline->width;
    size_t to = wanted < TIMELINE_MAX ? (size_t)wanted : TIMELINE_MAX - 1;
    while (timeline->at < to) {
        timeline->most[++timeline->at] = live;
    }
    timeline->end = (timeline->at + 1) * timeline->width;
}
