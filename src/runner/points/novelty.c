// SPDX-License-Identifier: MIT
#include "runner/points/novelty.h"

#include "core/policy/mix.h"

#include <stdlib.h>

/** How many frames of a path tell it from others, by what is new; of a stack where only
 * the caller counts. */
static const uint32_t lengths[NOVEL_STACK] = {
    [NOVEL_OWN] = 1,    [NOVEL_CALLER] = 1, [NOVEL_SITE] = 1,
    [NOVEL_PATH_2] = 2, [NOVEL_PATH_3] = 3, [NOVEL_PATH_4] = 4,
    [NOVEL_PATH_6] = 6, [NOVEL_PATH_8] = 8, [NOVEL_PATH] = UINT32_MAX,
};

/** A point while it is held against others. */
struct candidate {
    struct point *point;
    const struct stacks_entry *stack;
    /** What tells it from others, by as many frames as are looked at. */
    uint64_t key;
};

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int by_number(const struct point *one, const struct point *other) {
    int order = compare(one->process, other->process);
    return order ? order : compare(one->number, other->number);
}

static int by_novelty(const void *a, const void *b) {
    const struct point *one = a;
    const struct point *other = b;
    int order = compare(one->novelty, other->novelty);
    return order ? order : by_number(one, other);
}

/** Equal keys side by side, in front of each the one that is in the order already. */
static int by_key(const void *a, const void *b) {
    const struct candidate *one = a;
    const struct candidate *other = b;
    int order = compare(one->key, other->key);
    return order ? order : by_novelty(one->point, other->point);
}

/** A hash of what may be new. */
static uint64_t key_of(const struct stacks *stacks, const struct candidate *candidate,
                       enum novelty novelty) {
    uint32_t length = lengths[novelty];
    const struct stacks_entry *stack = candidate->stack;
    if (!stack || stack->count == 0) {
        return candidate->point->stack_id;
    }
    uint64_t key = MF_MIX_STEP;
    uint32_t from = novelty == NOVEL_CALLER ? 0
                    : novelty == NOVEL_OWN  ? stack->own - 1
                                            : stack->near - 1;
    for (uint32_t i = from; i < stack->count && length > 0; i++, length--) {
        const struct frame *frame = &stacks->frames[stack->first + i];
        bool placed = frame->module < stacks->modules.count;
        key = mf_mix(key ^ mf_mix(frame->module + 1) ^ (placed ? frame->offset : 0));
    }
    return key;
}

/** Of those that are alike by so many frames, and of which none is in the order yet, take
 * the first. */
static void take_first(struct candidate *list, size_t count, enum novelty novelty) {
    qsort(list, count, sizeof(list[0]), by_key);
    for (size_t i = 0; i < count; i++) {
        bool begins = i == 0 || list[i].key != list[i - 1].key;
        if (begins && list[i].point->novelty > novelty) {
            list[i].point->novelty = novelty;
        }
    }
}

int novelty_order(struct points *points, const struct stacks *stacks) {
    struct candidate *list = calloc(points->count + 1, sizeof(list[0]));
    size_t count = 0;
    if (!list) {
        return -1;
    }
    for (size_t i = 0; i < points->count; i++) {
        struct point *point = &points->list[i];
        if (point->novelty == NOVEL_STACK) {
            list[count++] =
                (struct candidate){point, stacks_find(stacks, point->stack_id), 0};
        }
    }
    for (enum novelty novelty = NOVEL_OWN; novelty < NOVEL_STACK; novelty++) {
        for (size_t i = 0; i < count; i++) {
            list[i].key = key_of(stacks, &list[i], novelty);
        }
        take_first(list, count, novelty);
    }
    free(list);
    qsort(points->list, points->count, sizeof(points->list[0]), by_novelty);
    return 0;
}
