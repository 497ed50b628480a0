// SPDX-License-Identifier: MIT
/**
 * The part of the channel that runs of a whole test suite use: which programs are tested, the
 * state of each stack of the suite, and the desks.
 *
 * All processes of the suite share it. A process that reaches an allocation whose stack has not
 * been tried claims the stack, takes a desk, and waits while a forked child continues without
 * the memory. A desk is a channel of its own with two points: the failure of this allocation
 * alone, and together with all later ones.
 *
 * No process waits for a claim or a desk: if it does not get one, it continues.
 */
#ifndef MF_CORE_CHANNEL_SUITE_H
#define MF_CORE_CHANNEL_SUITE_H

#include "core/channel/novel.h"
#include "core/policy/mix.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MF_SUITE_DESKS_MAX 64
/** How many processes can be about to end at the same time. */
#define MF_SUITE_LEAVERS_MAX 16
#define MF_SUITE_GLOBS_MAX   16
#define MF_SUITE_GLOB_MAX    128
/** The most that a child may write to each of its captured outputs, in bytes. */
#define MF_SUITE_OUTPUT_MAX (UINT64_C(64) << 20)
/** The points of a desk. */
#define MF_SUITE_POINTS 2
/** How many processes may try to hold at one stack. */
#define MF_SUITE_TRIES_MAX 3
/** The variables in which harnesses say which test runs, with the first that is there being
 * right: pytest, bats, and whoever wants to. */
#define MF_SUITE_TEST_VARIABLES "PYTEST_CURRENT_TEST=", "BATS_TEST_NAME=", "TEST_NAME="
/** Maximum number of commands, a power of two, and size of the text of one in bytes. */
#define MF_SUITE_COMMANDS_MAX 8192
#define MF_SUITE_TEXT_MAX     (1024 - 40)
/** How many ancestors of a command's process are recorded, and how many bytes of the command
 * line of each. */
#define MF_SUITE_ABOVE_MAX  4
#define MF_SUITE_ABOVE_TEXT 372
/** Set in the number of a command if it is an index in mf_suite.commands, not a number that the
 * runner gave. */
#define MF_SUITE_BY_TEXT (UINT32_C(1) << 31)
/** Maximum number of pairs of a stack and a command that reaches it, a power of two, and the
 * number of entries in which a pair can be. */
#define MF_SUITE_REACHES_MAX (1 << 20)
#define MF_SUITE_PLACES      64
/** How many kinds of stacks that are not to be tried are remembered; a power of two. */
#define MF_SUITE_SPARED_MAX 1024
/** Maximum number of programs that are not tested: one half is for those that are not to be
 * tested, the other for those that cannot be. And the size of a name in bytes. */
#define MF_SUITE_OTHERS_MAX 64
#define MF_SUITE_NAME_MAX   56

enum mf_suite_state {
    /** Not tried yet. */
    MF_SUITE_NEW,
    /** A process holds there, or is about to. */
    MF_SUITE_CLAIMED,
    /** A child was cloned there. */
    MF_SUITE_TRIED,
    /** No child can be cloned there: `reason` says why. */
    MF_SUITE_LEFT,
    /** It is not to be tried: it is in another part of the suite (--shard), or the runner has
     * set this state, and `reason` is MF_POINT_SKIPPED. */
    MF_SUITE_SPARED,
    /** It lies in libraries only: each program that reaches it has an entry of its own. */
    MF_SUITE_COMMON,
    /** The result of another program's entry also counts for this one. */
    MF_SUITE_SPOKEN_FOR,
};

/**
 * A stack of the suite; belongs to the entry with the same index in the table of stacks.
 *
 * A stack that lies in libraries only (a constructor's, a thread's) is the same in all
 * programs, but the effect of its failure depends on the program: its entry is common, and each
 * program has an entry of its own, which is found by the stack's id and the program's key.
 */
struct mf_suite_stack {
    /** Its stack id; 0 = not written yet. */
    _Atomic uint64_t id;
    /** enum mf_suite_state; if the process that claimed it has ended, the runner resets it. */
    _Atomic uint32_t state;
    _Atomic uint32_t tries;
    /** enum mf_point_state of the latest try. */
    _Atomic uint32_t reason;
    /** One more than the number, given by the runner, of a command that reached it and could not
     * be held; with MF_SUITE_BY_TEXT, one more than its index; 0 = none is known. */
    _Atomic uint32_t command;
    /** In a common entry: one more than the index of the entry of a program whose children all
     * ended before main, so that its result counts for all programs, 0 = there is none; and for
     * how many programs it counts. */
    _Atomic uint32_t speaker, spoken_for;
};

struct mf_suite_desk {
    /** The pid of the process that uses it; 0 = it is free. */
    _Atomic int32_t holder;
    /** Descriptors in the runner: the desk's channel, and the files that capture the outputs of
     * its children. */
    int32_t channel, streams[2];
    /** Index of the stack at which the process holds. */
    _Atomic uint64_t stack;
    /** One more than the index of the holder's command; 0 = there was no room for it. */
    _Atomic uint32_t command;
    /** Whether the holder waits until the runner has read all of its command; and one more
     * than the number that the runner gave to this command. */
    _Atomic uint32_t asks, number;
    uint32_t reserved;
};

/** A process that is about to end, and waits until the runner has read what it leaves. */
struct mf_suite_leaver {
    /** Its pid; 0 = the entry is free. */
    _Atomic int32_t pid;
    /** Set last by the process, and cleared by the runner when it has read. */
    _Atomic uint32_t asks;
    /** Where it has its private account of blocks, and what tells that from others. */
    uint64_t account, serial;
};

/** An ancestor of a command's process, as it was when the command began: it may end first. */
struct mf_suite_above {
    /** 0 = there is none. */
    int32_t pid, parent;
    /** Length of its command line in bytes; the size of `words` if the line is cut. */
    uint32_t size;
    char words[MF_SUITE_ABOVE_TEXT];
};

/** A command: all processes with the same arguments, directory and test, which came from the
 * same commands. */
struct mf_suite_command {
    /** Set last: the other members are complete and no longer change. */
    _Atomic uint32_t ready;
    /** Its first process. */
    int32_t pid;
    /** A hash of its arguments, directory, test and, without a test, its ancestors. */
    uint64_t key;
    /** Lengths of the parts of `text` in bytes, each with its NUL: arguments (as many as fit),
     * directory, and that of MF_SUITE_TEST_VARIABLES which its environment has; 0 = there is
     * none. */
    uint32_t arguments, directory, test;
    /** The parent of its first process. */
    int32_t parent;
    char text[MF_SUITE_TEXT_MAX];
    /** The ancestors, beginning with the parent. */
    struct mf_suite_above above[MF_SUITE_ABOVE_MAX];
};

/** Why a program is not tested. */
enum mf_suite_why {
    /** It is not one of the programs to test (--program). */
    MF_SUITE_UNWANTED,
    /** The library cannot be loaded into it: it is statically linked, runs with other rights
     * than its caller, or is built for another processor. */
    MF_SUITE_STATIC,
    MF_SUITE_PRIVILEGED,
    MF_SUITE_FOREIGN,
    /** It runs under valgrind, where a child of it cannot be traced. */
    MF_SUITE_VALGRIND,
    /** It contains a malloc that the library cannot replace. */
    MF_SUITE_INSIDE,
    /** It runs as another user than the runner, and may not open the channel. */
    MF_SUITE_USER,
    /** Its /proc does not show the runner: it runs in another root directory or PID name
     * space. */
    MF_SUITE_APART,
    /** It is built for another C library. */
    MF_SUITE_LIBC,
    /** It has too little address space for the shared memory, or too little of that or of data
     * for the library. */
    MF_SUITE_CRAMPED,
    /** It may not open the channel: it runs in another user name space, or with fewer rights than
     * the runner. */
    MF_SUITE_NAMESPACE,
    MF_SUITE_RIGHTS,
    MF_SUITE_WHYS,
};

/** A program that runs in the suite and is not tested. */
struct mf_suite_other {
    /** Number of its processes. */
    _Atomic uint32_t processes;
    /** enum mf_suite_why */
    uint32_t why;
    char name[MF_SUITE_NAME_MAX];
};

/** Whether a stack is in a part. */
static inline bool mf_suite_is_in_shard(uint64_t id, uint64_t shard, uint64_t shards) {
    return shards == 0 || mf_mix(id) % shards == shard;
}

struct mf_suite {
    // A process with little address space maps only the members up to `others`.
    uint32_t desk_count;
    /** Patterns for the paths of programs to test; none = all programs outside of the system's
     * directories. A pattern without a slash is matched with the base name. */
    uint32_t glob_count;
    char globs[MF_SUITE_GLOBS_MAX][MF_SUITE_GLOB_MAX];
    /** Only stacks of part `shard` (from 0) of `shards` are tried; `shards` 0 = all are. */
    uint64_t shard, shards;
    /** How long a process may be held in all, in ns, or as a multiple of its own run time,
     * whichever is longer. */
    uint64_t hold_ns, hold_times;
    /** How long the suite may take, in thousandths of its own time, 0 = any time; when it began;
     * and how long its processes have been held in all, in ns. */
    uint64_t within, begun_ns;
    _Atomic uint64_t held_ns;
    struct mf_suite_desk desks[MF_SUITE_DESKS_MAX];
    struct mf_suite_leaver leavers[MF_SUITE_LEAVERS_MAX];
    /** Number of commands; of processes for whose command there was no room; and of pairs for
     * which there was no room. */
    _Atomic uint64_t commands_used, commands_lost, reaches_lost;
    /** Number of processes that are tested. */
    _Atomic uint64_t processes;
    /** How often a process did not hold at a new stack because its time was used up, or because
     * no desk was free; and the number of allocations for whose stack the table had no room. */
    _Atomic uint64_t hurried, crowded, unlisted;
    /** Number of entries in each half of `others`. */
    _Atomic uint32_t others_used[2];
    /** Whether a tested program has no build id: its stacks are distinguished by its file, like
     * those that lie in libraries only. */
    _Atomic uint32_t nameless;
    /** Whether the runner has a seccomp filter, which all processes of the suite then have. */
    uint32_t filtered;
    /** The runner's user, and its user name space. */
    uint64_t user, user_space;
    struct mf_suite_other others[2][MF_SUITE_OTHERS_MAX / 2];
    /** Whether only the modules of a stack decide whether it is to be tried; then, for each kind
     * of stack that is not, a hash of its modules from the innermost one on; 0 = none. */
    uint64_t spares_modules;
    _Atomic uint64_t spared[MF_SUITE_SPARED_MAX];
    /** The innermost frames of stacks that have been tried; see novel.h. */
    _Atomic uint64_t tried[MF_NOVEL_WORDS];
    struct mf_suite_command commands[MF_SUITE_COMMANDS_MAX];
    /** A hash table of commands by key: one more than a command's index; 0 = free. */
    _Atomic uint32_t command_index[2 * MF_SUITE_COMMANDS_MAX];
    /** A hash table of pairs: one more than the stack's index times MF_SUITE_COMMANDS_MAX plus
     * the command's index; 0 = free. */
    _Atomic uint64_t reaches[MF_SUITE_REACHES_MAX];
};

/** How much longer processes may be held now, for the suite to take no more than `within` of its
 * own time so far, in ns; 0 or less = no longer. Where several are held at the same time, that is
 * less than it could be. */
static inline int64_t mf_suite_spare(const struct mf_suite *suite, uint64_t now) {
    uint64_t elapsed = now - suite->begun_ns;
    return suite->within == 0 ? INT64_MAX
                              : (int64_t)(elapsed - elapsed / suite->within * 1000) -
                                    (int64_t)atomic_load(&suite->held_ns);
}

#endif
