// SPDX-License-Identifier: MIT
/** A process under breakpoints: its slot in the channel, and what its gates count. */
#ifndef MF_RUNNER_BREAKPOINT_SERVED_H
#define MF_RUNNER_BREAKPOINT_SERVED_H

#include "core/policy/decide.h"
#include "runner/breakpoint/callstack.h"
#include "runner/breakpoint/gates.h"

/** What all processes of a run share. */
struct served_run {
    const struct breakpoint_plan *plan;
    const struct channel *channel;
    const struct mf_policy *policy;
    struct callstack stack;
    /** The open memory of one process, -1 = none; and which process. */
    int memory;
    pid_t memory_of;
};

struct served {
    pid_t pid;
    /** Its slot; MF_PROCESSES_MAX = it got none. */
    unsigned slot;
    struct gates gates;
    struct mf_plan rules;
    /** Whether the stacks of all its calls are recorded. */
    bool records;
    /** Whether the gates stop by number only, not at each call. */
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
    /** Whether it is a separate process that shares this one's memory for now. */
    bool borrows;
    struct served *process;
    /** Its index, from 1, in the order in which the threads began. */
    uint32_t index;
    /** Whether it has been seen to allocate. */
    bool allocates;
    /** MF_POLICY_RULES_MAX counts; NULL = there are none yet. */
    struct mf_count *counts;
};

/** The memory of a process, open for reading and writing; -1 with errno. Do not close
 * it. */
int served_memory(struct served_run *run, pid_t pid);

/** Its slot; NULL if it has none. */
struct mf_process *served_slot(const struct served_run *run,
                               const struct served *process);

/** Begin with a process whose gates were just made, or came with a fork: it takes a slot.
 *
 * @forked
 *         The process that it was forked from; NULL if it has executed its image.
 */
void served_begin(struct served_run *run, struct served *process,
                  const struct served *forked);

/**
 * Handle a stopped thread of the process if it is at a place where it stops once.
 *
 * @pc
 *         Where it has stopped.
 * @return
 *         Where it must continue; 0 = it has stopped elsewhere.
 */
uint64_t served_arrive(struct served_run *run, struct served *process, uint64_t pc);

/** Set its gates to count and stop as needed now; 0 on success, -1 with errno. */
int served_count(struct served_run *run, const struct served *process);

/** Make its gates never stop again. */
void served_let_go(struct served_run *run, struct served *process);

#endif
