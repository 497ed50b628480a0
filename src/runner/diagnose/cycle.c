// SPDX-License-Identifier: MIT
#include "runner/diagnose/cycle.h"

#include "core/policy/mix.h"

#include <stdlib.h>

/** So many repetitions are a recursion gone wild; fewer may be honest. */
#define REPEATS_MIN 16
/** The innermost frames may be on their way into the cycle. */
#define START_MAX 128

/** How many frames from `start` on equal the one `length` further out. */
static size_t run_length(const uint64_t *keys, size_t count, size_t start,
                         size_t length) {
    size_t same = 0;
    while (start + same + length < count &&
           keys[start + same] == keys[start + same + length]) {
        same++;
    }
    return same;
}

struct cycle cycle_find(const uint64_t *keys, size_t count) {
    for (size_t start = 0; start < START_MAX && start < count; start++) {
        for (size_t length = 1; length <= CYCLE_LENGTH_MAX; length++) {
            size_t same = run_length(keys, count, start, length);
            size_t repeats = same / length + 1;
            if (repeats >= REPEATS_MIN) {
                return (struct cycle){start, length, repeats};
            }
        }
    }
    return (struct cycle){0, 0, 0};
}

struct cycle cycle_of(const struct raw_stack *stack) {
    struct cycle none = {0, 0, 0};
    uint64_t *keys = calloc(stack->count ? stack->count : 1, sizeof(keys[0]));
    for (size_t i = 0; keys && i < stack->count; i++) {
        keys[i] = mf_mix(stack->frames[i].offset + MF_MIX_STEP) ^ stack->frames[i].module;
    }
    struct cycle cycle = keys ? cycle_find(keys, stack->count) : none;
    free(keys);
    return cycle;
}
