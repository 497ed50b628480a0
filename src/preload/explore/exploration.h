// SPDX-License-Identifier: MIT
/** The library's half of an exploration, as far as its parts share it; see explore.h and
 * hold.h. */
#ifndef MF_PRELOAD_EXPLORE_EXPLORATION_H
#define MF_PRELOAD_EXPLORE_EXPLORATION_H

#include "core/channel/channel.h"
#include "core/channel/serve.h"
#include "core/channel/suite.h"
#include "preload/explore/descriptors.h"
#include "preload/explore/sharing.h"
#include "preload/explore/threads.h"
#include "preload/stack/known.h"

#include <linux/filter.h>

struct mf_exploration {
    /** enum mf_explore_mode, as it was when the library started. */
    uint32_t mode;
    int32_t runner;
    /** The head that the points belong to: the process's own, or that of a desk. */
    struct mf_head *desk;
    /** Where whole suites are run, what its processes share. */
    struct mf_suite *suite;
    struct mf_suite_stack *suite_stacks;
    /** Where servers are tested, what their processes share. */
    struct mf_serve *serve;
    struct mf_serve_stack *serve_stacks;
    /** Arrays in the channel's file, mapped by the target's first process only. */
    uint64_t *ids, ids_room;
    struct mf_stack *stacks;
    uint64_t stacks_room;
    struct mf_frame *frames;
    uint64_t frames_room;
    /** Mapped by all. */
    struct mf_record *records;
    uint64_t records_room;
    struct mf_point *points;
    uint64_t points_count;
    /** In a child for which the target is held: its account, and whether all that it
     * asks for fails. */
    struct mf_child *child;
    bool persistent;
    /** In a child and in a forerunner: the target's process id, which it takes for its own. */
    int32_t target;
    /** Whether this process is a forerunner, or a child of one: behind the barrier already. */
    bool ahead;
    /** Those that fail together with what failed first. */
    mf_functions failing;
    /** Of the latest failure in a child, or the latest point outside. */
    struct mf_trail trail;
    /** In a child: what the call returns that fails next, and only that one. */
    uintptr_t returned;
    /** In a child: the barrier's instructions, which end on the page that all the above is
     * on: a child copies each page that it writes to. */
    struct sock_filter barrier[MF_BARRIER_MAX];
    /** What was open at the latest point. */
    struct mf_descriptors descriptors;
    /** What was shared there. */
    enum mf_sharing sharing;
    /** What the other threads did there. */
    enum mf_threads threads;
    /** How many clones have been dear. */
    uint32_t dear;
};

extern struct mf_exploration mf_exploration;

#endif
