// SPDX-License-Identifier: MIT
#include "runner/points/points.h"

#include "core/channel/suite.h"
#include "core/policy/mix.h"
#include "core/policy/resource.h"
#include "runner/points/byfunction.h"
#include "runner/points/novelty.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** How many allocations are tried of a stack that may stand for several. */
#define CUT_MAX 64

/** An allocation whose stack is unknown has one of its own. */
static uint64_t key(const struct point *point) {
    uint64_t own = mf_mix(point->number + MF_MIX_STEP) + point->process;
    return point->stack_id ? point->stack_id : own;
}

static int compare(uint64_t a, uint64_t b) {
    return (a > b) - (a < b);
}

static int by_stack(const void *a, const void *b) {
    const struct point *one = a;
    const struct point *other = b;
    int order = compare(key(one), key(other));
    order = order ? order : compare(one->process, other->process);
    return order ? order : compare(one->number, other->number);
}

/** Mark the first, the second and the last allocation of each stack. */
static void mark_stacks(struct points *points, bool by_facts) {
    struct point *list = points->list;
    size_t start = 0;
    qsort(list, points->count, sizeof(list[0]), by_stack);
    for (size_t i = 0; i < points->count; i++) {
        bool last = i + 1 == points->count || key(&list[i + 1]) != key(&list[i]);
        bool same = i > start && list[i].process == list[i - 1].process;
        list[i].occurrence = same ? list[i - 1].occurrence + 1 : 1;
        list[i].novelty = i == start       ? NOVEL_STACK
                          : i == start + 1 ? NOVEL_SECOND
                          : last           ? NOVEL_LAST
                                           : NOVEL_NOTHING;
        start = last ? i + 1 : start;
        points->stacks += last && (list[i].stack_id || !by_facts);
        points->selected += list[i].stack_id && by_facts;
    }
}

static bool is_in_shard(const struct point *point, const struct points_choice *choice) {
    return mf_suite_is_in_shard(key(point), choice->shard, choice->shards);
}

/** Whether a point's modules are those that are wanted; takes down what is called. */
static bool is_of_modules(struct point *point, const struct stacks *stacks,
                          const struct points_choice *choice) {
    const struct stacks_entry *stack = stacks_find(stacks, point->stack_id);
    if (stack && mf_resource_of(stack->function)) {
        point->function = (enum mf_function)stack->function;
    }
    bool known = choice->only.count > 0 || choice->only_function.count > 0 ||
                 selection_has_facts(&choice->selection);
    return stack ? !stack->left_out : !known;
}

/** Whether a point may have a stack of its own, though it has an id in common with others: all
 * of them as far as they are few, and every so many-th one. */
static bool is_apart(const struct point *point, const struct stacks *stacks) {
    const struct stacks_entry *stack = stacks_find(stacks, point->stack_id);
    uint64_t step = stack ? stack->allocations / CUT_MAX + 1 : 1;
    return stack && stack->cut && (step > 1 || point->occurrence <= CUT_MAX) &&
           point->occurrence % step == 0;
}

/** Keep what the choice wants, a sample aside. */
static void sift(struct points *points, const struct stacks *stacks,
                 const struct points_choice *choice) {
    size_t kept = 0;
    const struct selection *selection = &choice->selection;
    bool any = choice->kind != POINTS_STACKS || selection_has_numbers(selection);
    for (size_t i = 0; i < points->count; i++) {
        struct point point = points->list[i];
        bool wanted =
            (any || point.novelty != NOVEL_NOTHING || is_apart(&point, stacks)) &&
            selection_holds(selection, point.number, choice->seed);
        if (wanted && is_of_modules(&point, stacks, choice)) {
            points->in_all++;
            points->list[kept] = point;
            kept += is_in_shard(&point, choice);
        }
    }
    points->count = kept;
}

/** Draw a sample: a shuffle that ends early. */
static void draw(struct points *points, const struct points_choice *choice) {
    uint64_t state = choice->seed;
    size_t wanted = choice->sample < points->count ? choice->sample : points->count;
    for (size_t i = 0; i < wanted; i++) {
        state += MF_MIX_STEP;
        size_t other = i + mf_mix(state) % (points->count - i);
        struct point point = points->list[i];
        points->list[i] = points->list[other];
        points->list[other] = point;
    }
    points->count = wanted;
    points->in_all = wanted;
}

/** Add the allocations of a process. */
static void add(struct points *points, unsigned process, const uint64_t *ids,
                size_t count) {
    for (size_t i = 0; i < count; i++) {
        points->list[points->count++] =
            (struct point){.process = process, .number = i + 1, .stack_id = ids[i]};
    }
}

/** Gather all allocations; 0 on success, -1 when memory ran out. */
static int gather(struct points *points, const struct points_source *source,
                  const char *behind) {
    const struct processes *processes = source->processes;
    size_t room = source->id_count + 1;
    for (size_t i = 0; i < processes->count; i++) {
        room += processes->list[i].count;
    }
    *points = (struct points){.list = calloc(room, sizeof(points->list[0]))};
    if (!points->list) {
        return -1;
    }
    if (!behind[0]) {
        add(points, 0, source->ids, source->id_count);
    }
    for (size_t i = 0; i < processes->count; i++) {
        if (behind[0] && strcmp(processes->list[i].image, behind) != 0) {
            continue;
        }
        add(points, (unsigned)i + 1, processes->list[i].ids, processes->list[i].count);
    }
    return 0;
}

/** Give back what is not needed: of very many allocations few may be points. */
static void shrink(struct points *points) {
    void *smaller =
        reallocarray(points->list, points->count + 1, sizeof(points->list[0]));
    if (smaller) {
        points->list = smaller;
    }
}

/** Mark the stacks that are left out; 0 on success, -1 when memory ran out. */
static int leave_out(struct points *points, struct stacks *stacks,
                     const struct points_choice *choice) {
    struct byfunction found;
    if (byfunction_find(&found, stacks, &choice->only_function, &choice->skip_function) !=
        0) {
        return -1;
    }
    int result = stacks_leave_out(stacks, &choice->only, &choice->skip, found.out);
    points->only_unused = found.only_unused;
    points->skip_unused = found.skip_unused;
    byfunction_destroy(&found);
    return result;
}

int points_choose(struct points *points, const struct points_source *source,
                  const struct points_choice *choice) {
    if (gather(points, source, choice->behind) != 0 ||
        leave_out(points, source->stacks, choice) != 0) {
        points_destroy(points);
        return -1;
    }
    mark_stacks(points, selection_has_facts(&choice->selection));
    sift(points, source->stacks, choice);
    if (choice->kind == POINTS_SAMPLE) {
        draw(points, choice);
    }
    shrink(points);
    if (novelty_order(points, source->stacks) != 0) {
        points_destroy(points);
        return -1;
    }
    return 0;
}

/** Read a whole number above 0; 0 if it is not one. */
static uint64_t read_number(const char *text, char end, const char **rest) {
    char *at;
    errno = 0;
    unsigned long long value = strtoull(text, &at, 10);
    bool good = *text >= '0' && *text <= '9' && errno == 0 && *at == end;
    *rest = at + (*at != '\0');
    return good ? value : 0;
}

int points_read_kind(const char *text, struct points_choice *choice) {
    static const char sample[] = "sample:";
    const char *rest;
    if (strcmp(text, "stacks") == 0) {
        choice->kind = POINTS_STACKS;
        return 0;
    }
    if (strcmp(text, "all") == 0) {
        choice->kind = POINTS_ALL;
        return 0;
    }
    if (strncmp(text, sample, sizeof(sample) - 1) != 0) {
        return -1;
    }
    choice->kind = POINTS_SAMPLE;
    choice->sample = read_number(text + sizeof(sample) - 1, '\0', &rest);
    return choice->sample ? 0 : -1;
}

int points_read_shard(const char *text, struct points_choice *choice) {
    const char *rest;
    uint64_t part = read_number(text, '/', &rest);
    uint64_t parts = part ? read_number(rest, '\0', &rest) : 0;
    if (part == 0 || part > parts) {
        return -1;
    }
    choice->shard = part - 1;
    choice->shards = parts;
    return 0;
}

void points_destroy(struct points *points) {
    free(points->list);
    *points = (struct points){0};
}
