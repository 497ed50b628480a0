// SPDX-License-Identifier: MIT
/**
 * The part of the channel that runs of a whole test suite use: which programs are tested,
 * how far each stack of the suite has come, and the desks.
 *
 * All processes of the suite share it. A process that comes to an allocation whose stack
 * nobody has tried claims the stack, takes a desk, and holds still while a child of it goes
 * on without its memory. A desk is a channel of its own with two points: the one failure,
 * and the failure of all that follows.
 *
 * Nobody waits for a claim or a desk: who gets none goes on.
 */
#ifndef MF_CORE_CHANNEL_SUITE_H
#define MF_CORE_CHANNEL_SUITE_H

#include <stdatomic.h>
#include <stdint.h>

#define MF_SUITE_DESKS_MAX 64
#define MF_SUITE_GLOBS_MAX 16
#define MF_SUITE_GLOB_MAX  128
/** The points of a desk. */
#define MF_SUITE_POINTS 2
/** So many processes may try to hold at one stack. */
#define MF_SUITE_TRIES_MAX 3
/** Room for programs that are passed over, and for the name of one. */
#define MF_SUITE_OTHERS_MAX 64
#define MF_SUITE_NAME_MAX   60

enum mf_suite_state {
    /** Nobody has tried it. */
    MF_SUITE_NEW,
    /** A process is about to hold there, or does. */
    MF_SUITE_CLAIMED,
    /** A child was cloned there. */
    MF_SUITE_TRIED,
    /** No child can be cloned there: `reason` says why. */
    MF_SUITE_LEFT,
};

/** A stack of the suite, beside the entry of the same index in the table of stacks. */
struct mf_suite_stack {
    /** enum mf_suite_state; the runner puts back what a process claimed that is gone. */
    _Atomic uint32_t state;
    _Atomic uint32_t tries;
    /** enum mf_point_state of the latest try. */
    _Atomic uint32_t reason;
    uint32_t reserved;
};

struct mf_suite_desk {
    /** The pid of the process that holds at it; 0 = it is free. */
    _Atomic int32_t holder;
    /** The runner's descriptors: the desk's channel, and what takes the outputs of its
     * children. */
    int32_t channel, streams[2];
    /** Index of the stack that it is for. */
    _Atomic uint64_t stack;
};

/** A program that runs in the suite and is not tested. */
struct mf_suite_other {
    /** Processes of it. */
    _Atomic uint32_t processes;
    char name[MF_SUITE_NAME_MAX];
};

struct mf_suite {
    uint32_t desk_count;
    /** Patterns of the paths of the programs that are tested; none = all that are outside
     * of the system's folders. A pattern without a slash is for the base name. */
    uint32_t glob_count;
    char globs[MF_SUITE_GLOBS_MAX][MF_SUITE_GLOB_MAX];
    /** How long a process may be held in all, or so many times its own time. */
    uint64_t hold_ns, hold_times;
    struct mf_suite_desk desks[MF_SUITE_DESKS_MAX];
    /** Processes that are tested. */
    _Atomic uint64_t processes;
    /** How often a process went by a new stack because its time was used up, or no desk was
     * free; and allocations whose stack found no room in the table. */
    _Atomic uint64_t hurried, crowded, unlisted;
    _Atomic uint32_t others_used, reserved;
    struct mf_suite_other others[MF_SUITE_OTHERS_MAX];
};

#endif
