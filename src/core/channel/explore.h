// SPDX-License-Identifier: MIT
/**
 * The part of the channel that explorations use: to record the allocations of a clean run,
 * and to hold the target at each chosen point while a forked child continues with NULL.
 *
 * It lies in the head, so each process of the target sees it, but only the first one (the
 * slot with index 0: PROGRAM itself) is held; the others record if there is room.
 */
#ifndef MF_CORE_CHANNEL_EXPLORE_H
#define MF_CORE_CHANNEL_EXPLORE_H

#include "core/channel/counter.h"

#include <stdatomic.h>
#include <stdint.h>

/** How many frames of the end of a child are recorded: as many as of an allocation. */
#define MF_CHILD_FRAMES_MAX 48
/** The maximum number of instructions of the effect barrier. */
#define MF_BARRIER_MAX 512
/** Placeholders in the barrier's instructions; a child replaces them by the values described
 * here. Its own pid: */
#define MF_BARRIER_SELF UINT32_C(0x4d46b5e1)
/** mmap(2)'s MAP_SHARED, for reading, if no file is open for reading and writing: */
#define MF_BARRIER_SHARED UINT32_C(0x4d46b5e2)
/** fcntl(2)'s F_DUPFD and F_DUPFD_CLOEXEC with any lower bound, if only the captures are open
 * for writing: */
#define MF_BARRIER_DUPFD         UINT32_C(0x4d46b5e3)
#define MF_BARRIER_DUPFD_CLOEXEC UINT32_C(0x4d46b5e4)
/** The highest descriptor that may be read without asking the runner: -1 if a descriptor is
 * open from which reading removes data, such as a pipe, else INT32_MAX. */
#define MF_BARRIER_READABLE UINT32_C(0x4d46b5e5)
/** The lowest protection for which mprotect(2) has to ask the runner: PROT_WRITE if memory is
 * shared, else INT32_MAX. */
#define MF_BARRIER_PROTECTED UINT32_C(0x4d46b5e6)
/** Calls that other threads would notice pass if their first argument (futex(2): the operation)
 * is below this: 0 if there are other threads, else INT32_MAX. */
#define MF_BARRIER_ALONE UINT32_C(0x4d46b5e7)

/** What the library does in addition to the policy; set before the target starts. */
enum mf_explore_mode {
    MF_EXPLORE_OFF,
    /** Write each allocation's stack id to the ids, and each distinct stack to the
     * stacks. */
    MF_EXPLORE_RECORD,
    /** Wait at each point while a forked child continues without the memory. */
    MF_EXPLORE_HOLD,
    /** Wait at each stack that is new to all processes; see suite.h. */
    MF_EXPLORE_SUITE,
    /** Make one allocation of the wanted stack fail, in a running server; see serve.h. */
    MF_EXPLORE_SERVE,
};

/** The state of a point. */
enum mf_point_state {
    /** Not reached yet. */
    MF_POINT_WAITING,
    /** A child was cloned there. */
    MF_POINT_HELD,
    /** Reached, but a child would behave differently from a fresh process there, because of
     * other threads, open descriptors, and so on: */
    MF_POINT_THREADS,
    MF_POINT_DESCRIPTORS,
    MF_POINT_PROC,
    MF_POINT_SHARED_MEMORY,
    MF_POINT_SIGNALS,
    MF_POINT_TIMERS,
    /** The process has children, and handlers of signals that these may send it. */
    MF_POINT_CHILDREN,
    /** The process has memory that fork(2) clears or does not copy. */
    MF_POINT_MEMORY,
    MF_POINT_REFUSED,
    /** A seccomp filter of the process forbids system calls of ours, or may kill it for them. */
    MF_POINT_SHUT_IN,
    /** In a suite: none of the many before it in this process could be tried. */
    MF_POINT_UNSOUND,
    /** Reached after `stop` was set. */
    MF_POINT_STOPPED,
    /** In a suite, where several processes may reach the point: the process that reached it had
     * used up its time to be held; a time limit of its harness was too close; the suite had used
     * up its time; all desks were taken; or it was killed while it was held. */
    MF_POINT_HURRIED,
    MF_POINT_LIMITED,
    MF_POINT_SPENT,
    MF_POINT_CROWDED,
    MF_POINT_KILLED,
    /** The runner does not want a child there, or no longer does. */
    MF_POINT_SKIPPED,
};

/** An allocation to fail, by its number. Points are in ascending order; points with the same
 * number are tried one after the other. */
struct mf_point {
    uint64_t number;
    /** enum mf_point_state; the runner may change it from waiting to skipped. */
    _Atomic uint32_t state;
    /** Whether all later allocations fail, too. */
    uint32_t persistent;
};

/** An allocation of a process other than the target's first one. */
struct mf_record {
    /** One more than the index of its slot; set last. */
    _Atomic uint32_t process;
    uint32_t reserved;
    uint64_t number, stack_id;
};

/** A distinct stack of a clean run; see stacktable.h. */
struct mf_stack {
    /** Its id, which in a suite may be mixed with a program's key; 0 = a free entry. */
    _Atomic uint64_t id;
    /** The index of its innermost frame among all frames, and the number of its frames;
     * 0 = they are not kept. */
    uint32_t first, count;
    /** The size of its first allocation, in bytes, and the function, an enum mf_function. */
    uint64_t size;
    uint32_t function;
    /** Whether other stacks may have this id: its frames are not all known. */
    uint32_t cut;
};

/** What else a further child for a point may do, in the place of what the call returns. */
enum mf_further {
    /** Nothing fails in it: it shows what the process does by itself. */
    MF_FURTHER_CONTROL = 1,
    /** The same as the first one. */
    MF_FURTHER_AGAIN,
};

/** The child for which the target is held. */
struct mf_child {
    /** A futex: 1 from before the child is cloned until the runner has seen its end. */
    _Atomic uint32_t busy;
    /** A futex, used if the runner is not the child's parent: set when the runner traces the
     * child, or when it does not, and then sets `refused`. */
    _Atomic uint32_t traced;
    _Atomic uint32_t refused;
    /** Set by the runner if the end of the child has no meaning: another process must try the
     * point. */
    _Atomic uint32_t unsound;
    /** How long the held process has run, without the time that it was held, in ns. */
    uint64_t age_ns;
    /** How long it may be held for this child, in ns; and the moment (CLOCK_MONOTONIC, in ns)
     * until which it may be held, which the runner sets. */
    uint64_t hold_ns;
    _Atomic uint64_t until_ns;
    _Atomic int32_t pid;
    /** Index among the points. */
    uint64_t point;
    /** How much the target has written to its captured stdout and stderr. */
    uint64_t written[2];
    /** Processor time that cloning took, in ns; it does not depend on the load. */
    uint64_t fork_ns;
    /** The stack id of the failed allocation. */
    uint64_t stack_id;
    /** Allocations that the child made after the failure (see mf_child_seen()), and how many of
     * those failed; counted as they happen, so the counts are right however the child ends. */
    struct mf_thread_counter counter;
    _Atomic uint64_t failed;
    /** What the failed call returns, as a number: 0 = NULL; or an enum mf_further. */
    uint64_t returned;
    /** Set by the runner before it lets the target continue: the same for one more child for
     * the same point; 0 = no further child. */
    _Atomic uint64_t again;
    /** Set by the child before it ends itself at the horizon. */
    _Atomic uint32_t cut;
    /** Set by a child that enters main; cleared by a reader before it starts to watch. */
    _Atomic uint32_t in_main;
    /** Where the process has its private account of blocks, the same place in the child, and
     * what tells the account from others; 0 = it has none. */
    uint64_t account, account_serial;
    /** Whether the process has other threads, which the child has not. */
    uint32_t crowded;
    /** Set by the runner before it lets the target continue: it keeps what the child left, to
     * compare it with what the target leaves. */
    _Atomic uint32_t kept;
    /** Where the child ended by exit() or _exit(), innermost first, if leaks are looked for:
     * number of frames (0 = unknown), and for each the index of its module and the offset. */
    uint64_t end_count;
    uint64_t end_frames[MF_CHILD_FRAMES_MAX][2];
};

/** Allocations that a child made after the failure. Safe on hostile memory. */
uint64_t mf_child_seen(const struct mf_child *child);

/** A copy of the target that runs ahead of it, behind the effect barrier, and is held at its
 * points. */
struct mf_forerunner {
    /** A futex: 1 from before it is cloned until the runner has seen its end. */
    _Atomic uint32_t busy;
    _Atomic int32_t pid;
    /** Set by the runner when the barrier has changed: the next one has the new one. */
    _Atomic uint32_t outdated;
    /** How much the target had written to its captured stdout and stderr. */
    uint64_t written[2];
};

struct mf_explore {
    /** enum mf_explore_mode */
    uint32_t mode;
    /** Set by the runner: do not hold any more, run to the end. */
    _Atomic uint32_t stop;
    /** How many allocations a child makes after the failure before it ends itself. */
    uint64_t horizon;
    /** The offset of the stack ids in the channel's file (uint64_t each, ids[N - 1] for
     * allocation N), and for how many there is room. */
    uint64_t ids_offset, ids_room;
    /** The same for the distinct stacks (struct mf_stack; the room is a power of two), and for
     * their frames (struct mf_frame); and how many frames were needed so far, which may be more
     * than the room. */
    uint64_t stacks_offset, stacks_room;
    uint64_t frames_offset, frames_room;
    _Atomic uint64_t frames_used;
    /** The same for the `struct mf_record`s of all other processes, and how many there were;
     * no room = they are not recorded. */
    uint64_t records_offset, records_room;
    _Atomic uint64_t records_used;
    /** Allocations of fewer bytes than `size_min`, or earlier than `after_ns` (in ns since
     * counting began), are recorded without a stack id, because they will not be points. */
    uint64_t size_min, after_ns;
    /** The offset of a struct mf_account, and an enum mf_account_mode; see
     * core/channel/account.h. */
    uint64_t account_offset;
    uint32_t account_mode;
    /** Whether each process is to have an account in private memory instead. */
    uint32_t account_private;
    /** Set by the runner: this process is a traced trial, or its children are. */
    uint32_t trial;
    /** The offset of the points, and how many there are. */
    uint64_t points_offset, points_count;
    /** Device and inode of the files that capture the target's own stdout and stderr. */
    uint64_t own_device[2], own_inode[2];
    /** The effect barrier: `struct sock_filter`s for seccomp(2). */
    uint32_t barrier_length;
    /** A system call with this value as its sixth argument passes the barrier: the runner sets
     * it in calls that it allows. */
    uint32_t pass;
    uint64_t barrier[MF_BARRIER_MAX];
    /** Whether the library is moving the target's memory to large pages, and how many bytes it
     * has moved; see preload/explore/large_pages.h. */
    _Atomic uint32_t moving;
    uint32_t reserved;
    _Atomic uint64_t moved;
    struct mf_child child;
    struct mf_forerunner forerunner;
    /** The offset of a struct mf_suite, followed by a struct mf_suite_stack for each stack. */
    uint64_t suite_offset;
    /** The offset of a struct mf_serve, followed by a struct mf_serve_stack for each stack. */
    uint64_t serve_offset;
};

#endif
