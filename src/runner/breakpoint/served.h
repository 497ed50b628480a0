// SPDX-License-Identifier: MIT
/** A process that breakpoints serve: its slot in the channel, and what its gates count. */
#ifndef MF_RUNNER_BREAKPOINT_SERVED_H
#define MF_RUNNER_BREAKPOINT_SERVED_H

#include "core/policy/decide.h"
#include "runner/breakpoint/callstack.h"
#include "runner/breakpoint/gates.h"

/** What all processes of a run have in common. */
struct served_run {
    const struct breakpoint_plan *plan;
    const struct channel *channel;
    const struct mf_policy *policy;
    struct callstack stack;
    /** The memory of one process, and which one; -1 = none. */
    int memory;
    pid_t memory_of;
};

struct served {
    pid_t pid;
    /** MF_PROCESSES_MAX = it got none. */
    unsigned slot;
    struct gates gates;
    struct mf_plan rules;
    /** Whether the stacks of all its calls are recorded. */
    bool records;
    /** Whether the gates stop by number alone, rather than at each call. */
    bool by_number;
    bool armed;
    /** The highest number that was decided by its number. */
    uint64_t decided;
    uint64_t armed_ns;
    /** How many threads there were. */
    uint32_t threads;
    /** How many threads there are. */
    size_t living;
};

/** A thread of it. */
struct served_thread {
    pid_t tid;
    /** Whether it is a process of its own, which has the memory of this one for now. */
    bool borrows;
    struct served *process;
    /** Which one it is, from 1 on, in the order that they began in. */
    uint32_t index;
    /** Whether it has been seen to allocate. */
    bool allocates;
    /** MF_POLICY_RULES_MAX counts; NULL = there are none yet. */
    struct mf_count *counts;
};

/** The memory of a process, open for both ways; -1 with errno. Not to be closed. */
int served_memory(struct served_run *run, pid_t pid);

/** Its slot; NULL where it has none. */
struct mf_process *served_slot(const struct served_run *run,
                               const struct served *process);

/** Begin with a process whose place is made, or has come with a fork: it takes a slot.
 *
 * @forked
 *         The process that it was forked from; NULL where it has executed its image.
 */
void served_begin(struct served_run *run, struct served *process,
                  const struct served *forked);

/**
 * A thread of it has stopped where it is to stop once, or not.
 *
 * @pc
 *         Where it has stopped.
 * @return
 *         Where it is to go on; 0 = it has stopped elsewhere.
 */
uint64_t served_arrive(struct served_run *run, struct served *process, uint64_t pc);

/** Have its gates count, and stop, as is wanted now; 0 on success, -1 with errno. */
int served_count(struct served_run *run, const struct served *process);

/** Have them stop never again. */
void served_let_go(struct served_run *run, struct served *process);

#endif
