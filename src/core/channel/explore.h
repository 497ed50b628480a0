// SPDX-License-Identifier: MIT
/**
 * The part of the channel that explorations use: recording the allocations of a clean
 * run, and branching, where at each chosen point a child of the target goes on with NULL.
 *
 * It lies in the head, so each process of the target sees it, but only the first one (the
 * slot with index 0: PROGRAM itself) branches; the others record where there is room.
 */
#ifndef MF_CORE_CHANNEL_EXPLORE_H
#define MF_CORE_CHANNEL_EXPLORE_H

#include <stdatomic.h>
#include <stdint.h>

/** The most children of a target that branch off at the same time. */
#define MF_BRANCHES_MAX 16
/** The most instructions of the effect barrier. */
#define MF_BARRIER_MAX 512
/** Numbers in the barrier that a child puts others in the place of. Its own pid: */
#define MF_BARRIER_SELF UINT32_C(0x4d46b5e1)
/** mmap(2)'s MAP_SHARED, for reading, where no file is open for reading and writing: */
#define MF_BARRIER_SHARED UINT32_C(0x4d46b5e2)
/** fcntl(2)'s F_DUPFD and F_DUPFD_CLOEXEC with any least number, where nothing is open
 * that can be written to but the captures: */
#define MF_BARRIER_DUPFD         UINT32_C(0x4d46b5e3)
#define MF_BARRIER_DUPFD_CLOEXEC UINT32_C(0x4d46b5e4)

/** What the library does beside the policy; set before the target starts. */
enum mf_explore_mode {
    MF_EXPLORE_OFF,
    /** Write each allocation's stack id to the ids, and each distinct stack to the
     * stacks. */
    MF_EXPLORE_RECORD,
    /** Branch off a child at each point. */
    MF_EXPLORE_BRANCH,
};

/** What became of a point. */
enum mf_point_state {
    /** Not reached yet. */
    MF_POINT_WAITING,
    /** A child was branched off. */
    MF_POINT_BRANCHED,
    /** Reached, but no child could be branched off soundly: it needs a run of its own. */
    MF_POINT_THREADS,
    MF_POINT_DESCRIPTORS,
    MF_POINT_SHARED_MEMORY,
    MF_POINT_REFUSED,
    /** Reached after `stop` was set. */
    MF_POINT_STOPPED,
};

/** An allocation to fail, by its number; the points ascend. */
struct mf_point {
    uint64_t number;
    /** enum mf_point_state; written by the library. */
    _Atomic uint32_t state;
    uint32_t reserved;
};

/** An allocation of a process that is not the target's first. */
struct mf_record {
    /** Its slot, plus 1; set last. */
    _Atomic uint32_t process;
    uint32_t reserved;
    uint64_t number, stack_id;
};

/** Who has a branch's slot. */
enum mf_branch_state {
    MF_BRANCH_FREE,
    /** The library is branching off a child; where that takes long, the child may have
     * ended and the runner set the slot free meanwhile. */
    MF_BRANCH_STARTING,
    /** The child runs, or has ended; the runner sets it free after it has read all. */
    MF_BRANCH_RUNNING,
};

/** A distinct stack of a clean run; see stacktable.h. */
struct mf_stack {
    /** Its id; 0 = a free entry. */
    _Atomic uint64_t id;
    /** Where its frames begin among all frames, and how many there are, innermost first;
     * 0 = they are not kept. */
    uint32_t first, count;
};

/** A child that has branched off. */
struct mf_branch {
    /** enum mf_branch_state; freed by the runner, which then adds 1 to `wake` and
     * wakes. */
    _Atomic uint32_t state;
    _Atomic int32_t pid;
    /** Index among the points. */
    uint64_t point;
    /** Bytes that the parent had written to its captured stdout and stderr. */
    uint64_t written[2];
    /** What branching off took, in ns. */
    uint64_t fork_ns;
    /** The stack id of the failed allocation. */
    uint64_t stack_id;
    /** Allocations that the child made after it, and how many of those failed; it counts
     * in place, so they are right however it ends. */
    _Atomic uint64_t seen, failed;
};

struct mf_explore {
    /** enum mf_explore_mode */
    uint32_t mode;
    /** Whether all allocations of a child fail from the point on, or one only. */
    uint32_t persistent;
    /** Where in the channel's file the stack ids lie (uint64_t each, ids[N - 1] for
     * allocation N), and room for how many. */
    uint64_t ids_offset, ids_room;
    /** The same for the distinct stacks (struct mf_stack; the room is a power of two),
     * and for their frames (struct mf_frame), with how many of those were wanted so
     * far. */
    uint64_t stacks_offset, stacks_room;
    uint64_t frames_offset, frames_room;
    _Atomic uint64_t frames_used;
    /** Where `struct mf_record`s of all other processes go, room for how many, and how
     * many there were; no room = they are not recorded. */
    uint64_t records_offset, records_room;
    _Atomic uint64_t records_used;
    /** Where a struct mf_account lies, and an enum mf_account_mode; see
     * core/channel/account.h. */
    uint64_t account_offset;
    uint32_t account_mode;
    uint32_t reserved;
    /** The same for the points. */
    uint64_t points_offset, points_count;
    /** How many branches may run at the same time, at most MF_BRANCHES_MAX. */
    uint32_t branches;
    /** A futex: the runner adds 1 and wakes when a branch's slot is free. */
    _Atomic uint32_t wake;
    /** Set by the runner: branch no more, run to the end. */
    _Atomic uint32_t stop;
    /** Descriptors of the runner for stdout and stderr of each branch: opened as
     * /proc/RUNNER/fd/N, emptied by the runner. */
    int32_t capture[MF_BRANCHES_MAX][2];
    /** Device and inode of the files that capture the target's own stdout and stderr. */
    uint64_t own_device[2], own_inode[2];
    /** The effect barrier: `struct sock_filter`s for seccomp(2). */
    uint32_t barrier_length;
    uint64_t barrier[MF_BARRIER_MAX];
    struct mf_branch slots[MF_BRANCHES_MAX];
};

#endif
