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

#include "core/channel/novel.h"
#include "core/policy/mix.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MF_SUITE_DESKS_MAX 64
#define MF_SUITE_GLOBS_MAX 16
#define MF_SUITE_GLOB_MAX  128
/** The points of a desk. */
#define MF_SUITE_POINTS 2
/** So many processes may try to hold at one stack. */
#define MF_SUITE_TRIES_MAX 3
/** Room for commands, a power of two, and for the text of one. */
#define MF_SUITE_COMMANDS_MAX 8192
#define MF_SUITE_TEXT_MAX     (1024 - 40)
/** So many of the processes that a command came from are written down, and so much of the
 * command line of each. */
#define MF_SUITE_ABOVE_MAX  4
#define MF_SUITE_ABOVE_TEXT 372
/** Set in the number of a command that is that of mf_suite.commands, not the runner's. */
#define MF_SUITE_BY_TEXT (UINT32_C(1) << 31)
/** Room for pairs of a stack and a command that comes to it, a power of two, and how many
 * entries one can be in. */
#define MF_SUITE_REACHES_MAX (1 << 20)
#define MF_SUITE_PLACES      64
/** Room for programs that are passed over: one half for those that are not to be tested, one
 * for those that cannot be. And for the name of one. */
#define MF_SUITE_OTHERS_MAX 64
#define MF_SUITE_NAME_MAX   56

enum mf_suite_state {
    /** Nobody has tried it. */
    MF_SUITE_NEW,
    /** A process is about to hold there, or does. */
    MF_SUITE_CLAIMED,
    /** A child was cloned there. */
    MF_SUITE_TRIED,
    /** No child can be cloned there: `reason` says why. */
    MF_SUITE_LEFT,
    /** It is not to be tried: it is in another part of the suite, or the runner says so, and
     * `reason` is MF_POINT_SKIPPED. */
    MF_SUITE_SPARED,
    /** It belongs to no program: each that comes there has an entry of its own. */
    MF_SUITE_COMMON,
    /** Another program's entry speaks for it. */
    MF_SUITE_SPOKEN_FOR,
};

/**
 * A stack of the suite, beside the entry of the same index in the table of stacks.
 *
 * A stack that lies in libraries only (a constructor's, a thread's) is the same in all
 * programs, but what follows its failure is up to the program: its entry is common, and each
 * program has one of its own, which is found by the stack's id and the program's key.
 */
struct mf_suite_stack {
    /** Its stack id; 0 = not written yet. */
    _Atomic uint64_t id;
    /** enum mf_suite_state; the runner puts back what a process claimed that is gone. */
    _Atomic uint32_t state;
    _Atomic uint32_t tries;
    /** enum mf_point_state of the latest try. */
    _Atomic uint32_t reason;
    /** One more than the number of a command that came there and could not be held, which the
     * runner gave it; with MF_SUITE_BY_TEXT where it gave none; 0 = none is known. */
    _Atomic uint32_t command;
    /** Of one that is common: one more than the index of the program's whose children all
     * ended in front of main, so that it speaks for all, 0 = there is none; and for how many
     * it does. */
    _Atomic uint32_t speaker, spoken_for;
};

struct mf_suite_desk {
    /** The pid of the process that holds at it; 0 = it is free. */
    _Atomic int32_t holder;
    /** The runner's descriptors: the desk's channel, and what takes the outputs of its
     * children. */
    int32_t channel, streams[2];
    /** Index of the stack that it is for. */
    _Atomic uint64_t stack;
    /** One more than the index of the holder's command; 0 = there was no room for it. */
    _Atomic uint32_t command;
    /** Whether the holder waits until the runner has read all of its command; and one more
     * than the number that the runner gave that. */
    _Atomic uint32_t asks, number;
    uint32_t reserved;
};

/** A process that a command came from, as it was when that began: it may end sooner. */
struct mf_suite_above {
    /** 0 = there is none. */
    int32_t pid, parent;
    /** How long its command line is; as long as the room if that is cut. */
    uint32_t size;
    char words[MF_SUITE_ABOVE_TEXT];
};

/** A command: all processes with the same arguments, directory and test. */
struct mf_suite_command {
    /** Set last: the rest is there, and does not change any more. */
    _Atomic uint32_t ready;
    /** Its first process. */
    int32_t pid;
    /** A hash of what it is. */
    uint64_t key;
    /** How long its parts are, each with its NUL: arguments (so many as there is room for),
     * directory, and the test's name as the environment has it; 0 = it has none. */
    uint32_t arguments, directory, test;
    /** The process that its first one came from. */
    int32_t parent;
    char text[MF_SUITE_TEXT_MAX];
    /** From its parent on. */
    struct mf_suite_above above[MF_SUITE_ABOVE_MAX];
};

/** Why a program is not tested. */
enum mf_suite_why {
    /** It is not one of those that are to be. */
    MF_SUITE_UNWANTED,
    /** The library cannot be loaded into it: it is statically linked, runs with other rights
     * than its caller, or is made for another processor. */
    MF_SUITE_STATIC,
    MF_SUITE_PRIVILEGED,
    MF_SUITE_FOREIGN,
    /** It runs under valgrind, where a child of it cannot be traced. */
    MF_SUITE_VALGRIND,
    /** It has a malloc inside, which the library does not come before. */
    MF_SUITE_INSIDE,
    /** It runs as another user than the runner, and may not open the channel. */
    MF_SUITE_USER,
    /** It runs where /proc does not show the runner: in another root, or in a name space of
     * processes. */
    MF_SUITE_APART,
    /** It is made for another C library. */
    MF_SUITE_LIBC,
    /** It has no address space for what the processes share. */
    MF_SUITE_CRAMPED,
    MF_SUITE_WHYS,
};

/** A program that runs in the suite and is not tested. */
struct mf_suite_other {
    /** Processes of it. */
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
    // Up to `others`, it is all that a process has which has little address space.
    uint32_t desk_count;
    /** Patterns of the paths of the programs that are tested; none = all that are outside
     * of the system's folders. A pattern without a slash is for the base name. */
    uint32_t glob_count;
    char globs[MF_SUITE_GLOBS_MAX][MF_SUITE_GLOB_MAX];
    /** Only stacks of part `shard` (from 0) of `shards` are tried; 0 = there are no parts. */
    uint64_t shard, shards;
    /** How long a process may be held in all, or so many times its own time. */
    uint64_t hold_ns, hold_times;
    struct mf_suite_desk desks[MF_SUITE_DESKS_MAX];
    /** How many commands there are; processes whose command, and pairs, for which there was
     * no room. */
    _Atomic uint64_t commands_used, commands_lost, reaches_lost;
    /** Processes that are tested. */
    _Atomic uint64_t processes;
    /** How often a process went by a new stack because its time was used up, or no desk was
     * free; and allocations whose stack found no room in the table. */
    _Atomic uint64_t hurried, crowded, unlisted;
    /** Of each half of the others. */
    _Atomic uint32_t others_used[2];
    /** Whether a program that is tested has no build id: its stacks are told by its file, as
     * those in libraries only are. */
    _Atomic uint32_t nameless, reserved;
    struct mf_suite_other others[2][MF_SUITE_OTHERS_MAX / 2];
    /** What has been tried, by innermost frames; see novel.h. */
    _Atomic uint64_t tried[MF_NOVEL_WORDS];
    struct mf_suite_command commands[MF_SUITE_COMMANDS_MAX];
    /** By its key, one more than a command's index; 0 = a free place. */
    _Atomic uint32_t command_index[2 * MF_SUITE_COMMANDS_MAX];
    /** By a hash of it, one more than a stack's index times the most commands plus a command's
     * index; 0 = a free place. */
    _Atomic uint64_t reaches[MF_SUITE_REACHES_MAX];
};

#endif
