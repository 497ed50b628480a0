// SPDX-License-Identifier: MIT
/**
 * The part of the channel that explorations use: recording the allocations of a clean
 * run, and holding the target at each chosen point while a child of it goes on with NULL.
 *
 * It lies in the head, so each process of the target sees it, but only the first one (the
 * slot with index 0: PROGRAM itself) is held; the others record where there is room.
 */
#ifndef MF_CORE_CHANNEL_EXPLORE_H
#define MF_CORE_CHANNEL_EXPLORE_H

#include <stdatomic.h>
#include <stdint.h>

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
/** The highest descriptor that may be read without a question: -1 where one is open that
 * loses what is read from it, else INT32_MAX. */
#define MF_BARRIER_READABLE UINT32_C(0x4d46b5e5)
/** The least protection that mprotect(2) gives after a question only: PROT_WRITE where
 * memory is shared, else INT32_MAX. */
#define MF_BARRIER_PROTECTED UINT32_C(0x4d46b5e6)
/** More than any first argument (of futex(2): its operation) with which calls pass that
 * other threads would notice: 0 where there are some, else INT32_MAX. */
#define MF_BARRIER_ALONE UINT32_C(0x4d46b5e7)

/** What the library does beside the policy; set before the target starts. */
enum mf_explore_mode {
    MF_EXPLORE_OFF,
    /** Write each allocation's stack id to the ids, and each distinct stack to the
     * stacks. */
    MF_EXPLORE_RECORD,
    /** Hold still at each point while a child goes on without its memory. */
    MF_EXPLORE_HOLD,
    /** Hold at each stack that is new to all processes; see suite.h. */
    MF_EXPLORE_SUITE,
    /** Fail one allocation of the stack that is wanted, in a running server; see serve.h. */
    MF_EXPLORE_SERVE,
};

/** How far a point has come. */
enum mf_point_state {
    /** Not reached yet. */
    MF_POINT_WAITING,
    /** A child was cloned there. */
    MF_POINT_HELD,
    /** Reached, but a child would not do there what a fresh process does: */
    MF_POINT_THREADS,
    MF_POINT_DESCRIPTORS,
    MF_POINT_PROC,
    MF_POINT_SHARED_MEMORY,
    MF_POINT_SIGNALS,
    MF_POINT_TIMERS,
    /** It has memory that a fork wipes or leaves out. */
    MF_POINT_MEMORY,
    MF_POINT_REFUSED,
    /** In a suite: the process may make few system calls, and would be killed for others. */
    MF_POINT_SHUT_IN,
    /** Reached after `stop` was set. */
    MF_POINT_STOPPED,
    /** In a suite, where several processes may come there: the one that did had been held for
     * long enough, or a time limit would have ended it; others were held; or it was killed
     * meanwhile. */
    MF_POINT_HURRIED,
    MF_POINT_LIMITED,
    MF_POINT_CROWDED,
    MF_POINT_KILLED,
    /** The runner wants no child there (any more). */
    MF_POINT_SKIPPED,
};

/** An allocation to fail, by its number. The points ascend; those with one number are
 * tried one after the other. */
struct mf_point {
    uint64_t number;
    /** enum mf_point_state; the runner may change it from waiting to skipped. */
    _Atomic uint32_t state;
    /** Whether all that follows fails, too. */
    uint32_t persistent;
};

/** An allocation of a process that is not the target's first. */
struct mf_record {
    /** Its slot, plus 1; set last. */
    _Atomic uint32_t process;
    uint32_t reserved;
    uint64_t number, stack_id;
};

/** A distinct stack of a clean run; see stacktable.h. */
struct mf_stack {
    /** Its id, and in a suite perhaps a program's key mixed in; 0 = a free entry. */
    _Atomic uint64_t id;
    /** Where its frames begin among all frames, and how many there are, innermost first;
     * 0 = they are not kept. */
    uint32_t first, count;
    /** What its first allocation asked for, and of which function, an enum mf_function. */
    uint64_t size;
    uint32_t function, reserved;
};

/** The child for which the target is held. */
struct mf_child {
    /** A futex: 1 from before the child is cloned until the runner has seen its end. */
    _Atomic uint32_t busy;
    /** A futex, where the runner is not the child's parent: set when it traces the child, or
     * when it will not, which `refused` says. */
    _Atomic uint32_t traced;
    _Atomic uint32_t refused;
    /** Set by the runner where the end of a child says nothing: another process is to try. */
    _Atomic uint32_t unsound;
    /** How long the held process has run by itself. */
    uint64_t age_ns;
    /** How long it may be held for this child; and until when in all (CLOCK_MONOTONIC, in
     * ns), as the runner says. */
    uint64_t hold_ns;
    _Atomic uint64_t until_ns;
    _Atomic int32_t pid;
    /** Index among the points. */
    uint64_t point;
    /** How much the target has written to its captured stdout and stderr. */
    uint64_t written[2];
    /** What cloning took of a processor, in ns: what else runs makes no difference. */
    uint64_t fork_ns;
    /** The stack id of the failed allocation. */
    uint64_t stack_id;
    /** Allocations that the child made after it, and how many of those failed; counted as
     * they happen, so they are right however it ends. */
    _Atomic uint64_t seen, failed;
    /** What the failed call returns, as a number: 0 = NULL. */
    uint64_t returned;
    /** Set by the runner before it lets the target go on: what the call returns in one more
     * child for the same point; 0 = there is to be none. */
    _Atomic uint64_t again;
    /** Set by the child where it ends itself at the horizon. */
    _Atomic uint32_t cut;
    /** Set by a child that comes to main; cleared by whoever wants to know. */
    _Atomic uint32_t in_main;
};

struct mf_explore {
    /** enum mf_explore_mode */
    uint32_t mode;
    /** Set by the runner: hold no more, run to the end. */
    _Atomic uint32_t stop;
    /** How many allocations a child makes after the failure before it ends itself. */
    uint64_t horizon;
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
    /** Smaller allocations and earlier ones (in ns since counting began) are recorded
     * without a stack id: they are not to be points. */
    uint64_t size_min, after_ns;
    /** Where a struct mf_account lies, and an enum mf_account_mode; see
     * core/channel/account.h. */
    uint64_t account_offset;
    uint32_t account_mode;
    /** Set by the runner: this is a traced trial, or its children are. */
    uint32_t trial;
    /** The same for the points. */
    uint64_t points_offset, points_count;
    /** Device and inode of the files that capture the target's own stdout and stderr. */
    uint64_t own_device[2], own_inode[2];
    /** The effect barrier: `struct sock_filter`s for seccomp(2). */
    uint32_t barrier_length;
    /** A call with this in place of a sixth argument passes: the runner puts it there. */
    uint32_t pass;
    uint64_t barrier[MF_BARRIER_MAX];
    /** Whether the library moves the target's memory to large pages just now, and how many
     * bytes are there now; see preload/explore/large_pages.h. */
    _Atomic uint32_t moving;
    uint32_t reserved;
    _Atomic uint64_t moved;
    struct mf_child child;
    /** Where a struct mf_suite lies, with a struct mf_suite_stack for each stack behind it. */
    uint64_t suite_offset;
    /** Where a struct mf_serve lies, with a struct mf_serve_stack for each stack behind it. */
    uint64_t serve_offset;
};

#endif
