// SPDX-License-Identifier: MIT
/** Points: the allocations that an exploration makes fail, and their order. */
#ifndef MF_RUNNER_POINTS_POINTS_H
#define MF_RUNNER_POINTS_POINTS_H

#include "runner/points/processes.h"
#include "runner/points/selection.h"
#include "runner/points/stacks.h"

/** What is new at a point, compared with all points before it in the order. */
enum novelty {
    /** The innermost frame outside the run-time libraries: its call site, or a wrapper. */
    NOVEL_OWN,
    /** The caller of the allocation function, in any library. */
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
    /** Nothing; it is the second allocation of its stack, the last one, or another one. */
    NOVEL_SECOND,
    NOVEL_LAST,
    NOVEL_NOTHING,
    NOVEL_KINDS,
};

struct point {
    /** 0 = PROGRAM's own process, else the number of another process of the oracle. */
    unsigned process;
    enum novelty novelty;
    /** The function that is called; MF_MALLOC = unknown, or any function that allocates. */
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
    /** The program that a wrapper runs, whose processes alone have points; "" = all. */
    char behind[MF_IMAGE_MAX];
    enum {
        /** The first, the second and the last allocation of each stack. */
        POINTS_STACKS,
        POINTS_ALL,
        POINTS_SAMPLE
    } kind;
    /** For POINTS_SAMPLE: how many, and the seed of the random choice. */
    uint64_t sample, seed;
    /** Only part `shard` (from 0) of `shards`; `shards` 0 = all. A stack is in exactly one
     * part. */
    uint64_t shard, shards;
    /** Modules to fail in, and modules not to fail in; see stacks_match(). */
    struct stacks_globs only, skip;
    /** The same for functions; see byfunction.h. */
    struct stacks_globs only_function, skip_function;
    /** A selection by number chooses from all allocations, whatever `kind` is. The library
     * applies sizes and times: calls that these exclude have no stack id. */
    struct selection selection;
    /** Functions that allocate for their callers. */
    struct stacks_globs wrappers;
};

/** The data of clean runs. */
struct points_source {
    /** The stack id of each allocation of PROGRAM's own process, from number 1 on; 0 =
     * unknown. */
    const uint64_t *ids;
    size_t id_count;
    const struct processes *processes;
    /** Excluded stacks are marked in it. */
    struct stacks *stacks;
};

struct points {
    /** In the order of novelty; see novelty.h. */
    struct point *list;
    size_t count;
    /** Number of points of all parts (--shard) together; a sample is drawn from one part. */
    size_t in_all;
    /** Number of distinct stacks of the clean run; where allocations are selected by facts, of
     * those, and how many they are: other stacks are not known then. */
    size_t stacks, selected;
    /** Patterns for functions that match no function, as bits by index. */
    uint32_t only_unused, skip_unused;
};

/** Choose among a clean run's allocations, and mark the excluded stacks; 0 on success, -1 when
 * memory ran out. */
int points_choose(struct points *points, const struct points_source *source,
                  const struct points_choice *choice);

/** Parse "stacks", "all" or "sample:N"; -1 if it is none of these. */
int points_read_kind(const char *text, struct points_choice *choice);

/** Parse "K/N", with K from 1; -1 if it is not of this form. */
int points_read_shard(const char *text, struct points_choice *choice);

/** Release them; does nothing if all members are zero. */
void points_destroy(struct points *points);

#endif
