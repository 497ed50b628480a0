// SPDX-License-Identifier: MIT
/** Points: the allocations that an exploration makes fail, and their order. */
#ifndef MF_RUNNER_POINTS_POINTS_H
#define MF_RUNNER_POINTS_POINTS_H

#include "runner/points/processes.h"
#include "runner/points/selection.h"
#include "runner/points/stacks.h"

/** What is new at a point, against all that come before it in the order. */
enum novelty {
    /** The innermost frame outside the run-time libraries: its call site, or a wrapper. */
    NOVEL_OWN,
    /** The caller of the allocation function, in whatever library. */
    NOVEL_CALLER,
    /** Its call site. */
    NOVEL_SITE,
    /** Its path, by the innermost 2, 3, 4, 6, 8 frames, by all. */
    NOVEL_PATH_2,
    NOVEL_PATH_3,
    NOVEL_PATH_4,
    NOVEL_PATH_6,
    NOVEL_PATH_8,
    NOVEL_PATH,
    /** Its stack, by frames in run-time libraries only. */
    NOVEL_STACK,
    /** Nothing, but it is the second allocation of its stack; the last one; another. */
    NOVEL_SECOND,
    NOVEL_LAST,
    NOVEL_NOTHING,
    NOVEL_KINDS,
};

struct point {
    /** 0 = PROGRAM's own process, else the number of another of the oracle's. */
    unsigned process;
    enum novelty novelty;
    /** The function that is called; MF_MALLOC = unknown, or any that gives out memory. */
    enum mf_function function;
    /** Its number in its process, from 1. */
    uint64_t number;
    /** 0 = unknown. */
    uint64_t stack_id;
    /** Which allocation of its stack it is in its process, from 1. */
    uint64_t occurrence;
};

/** Which allocations become points. */
struct points_choice {
    /** The only program whose processes have points: it is behind a wrapper; "" = all. */
    char behind[MF_IMAGE_MAX];
    enum {
        /** The first, the second and the last allocation of each stack. */
        POINTS_STACKS,
        POINTS_ALL,
        POINTS_SAMPLE
    } kind;
    /** For POINTS_SAMPLE: how many, and the seed they are drawn by. */
    uint64_t sample, seed;
    /** Only part `shard` (from 0) of `shards`; 0 = no parts. A stack is in one part. */
    uint64_t shard, shards;
    /** Only those of these modules, and none of those; see stacks_match(). */
    struct stacks_globs only, skip;
    /** The same by functions; see byfunction.h. */
    struct stacks_globs only_function, skip_function;
    /** Those by number are taken from all allocations, whatever `kind` is. Sizes and times
     * are applied by the library: calls that they exclude have no stack id. */
    struct selection selection;
    /** Functions that allocate for their callers. */
    struct stacks_globs wrappers;
};

/** What clean runs showed. */
struct points_source {
    /** The stack id of each allocation of PROGRAM's own process, from number 1 on; 0 =
     * unknown. */
    const uint64_t *ids;
    size_t id_count;
    const struct processes *processes;
    /** What is left out is marked. */
    struct stacks *stacks;
};

struct points {
    /** In the order of novelty; see novelty.h. */
    struct point *list;
    size_t count;
    /** How many points all parts (--shard) have together; a sample is drawn from one. */
    size_t in_all;
    /** Distinct stacks of the clean run. */
    size_t stacks;
    /** Which patterns for functions match none, as bits of their indices. */
    uint32_t only_unused, skip_unused;
};

/** Choose among a clean run's allocations, and mark the stacks that are left out; 0 on
 * success, -1 when memory ran out. */
int points_choose(struct points *points, const struct points_source *source,
                  const struct points_choice *choice);

/** Read "stacks", "all" or "sample:N"; -1 where it is neither. */
int points_read_kind(const char *text, struct points_choice *choice);

/** Read "K/N", from 1; -1 where it is none. */
int points_read_shard(const char *text, struct points_choice *choice);

/** Release them; fine on points that are all zeroes. */
void points_destroy(struct points *points);

#endif
