// SPDX-License-Identifier: MIT
/** Points: the allocations that an exploration makes fail, and their order. */
#ifndef MF_RUNNER_TRIALS_POINTS_H
#define MF_RUNNER_TRIALS_POINTS_H

#include "runner/trials/oracle.h"

struct point {
    /** 0 = PROGRAM's own process, else the number of another of the oracle's. */
    unsigned process;
    /** Whether it is the first one of its stack. */
    bool first;
    /** Its number in its process, from 1. */
    uint64_t number;
    /** 0 = unknown. */
    uint64_t stack_id;
    /** Which allocation of its stack it is in its process, from 1, and how many there are
     * in all. */
    uint64_t occurrence, frequency;
};

/** Which allocations become points. */
struct points_choice {
    /** The only program whose processes have points: it is behind a wrapper; "" = all. */
    char behind[MF_IMAGE_MAX];
    enum { POINTS_STACKS, POINTS_ALL, POINTS_SAMPLE } kind;
    /** For POINTS_SAMPLE: how many, and the seed they are drawn by. */
    uint64_t sample, seed;
    /** Only part `shard` (from 0) of `shards`; 0 = no parts. A stack is in one part. */
    uint64_t shard, shards;
    /** Only those of these modules, and none of those; see stacks_match(). */
    struct stacks_globs only, skip;
};

struct points {
    /** Those of the rarest stacks first. */
    struct point *list;
    size_t count;
    /** How many points all parts (--shard) have together; a sample is drawn from one. */
    size_t in_all;
    /** Distinct stacks of the clean run. */
    size_t stacks;
};

/** Choose among a clean run's allocations, and mark the stacks that are left out; 0 on
 * success, -1 when memory ran out. */
int points_choose(struct points *points, struct oracle *oracle,
                  const struct points_choice *choice);

/** Read "stacks", "all" or "sample:N"; -1 where it is neither. */
int points_read_kind(const char *text, struct points_choice *choice);

/** Read "K/N", from 1; -1 where it is none. */
int points_read_shard(const char *text, struct points_choice *choice);

/** Release them; fine on points that are all zeroes. */
void points_destroy(struct points *points);

#endif
