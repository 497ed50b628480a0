// SPDX-License-Identifier: MIT
/**
 * Breakpoints in one process: memory near its program with a gate for each function that
 * can fail, and the code that makes a call fail. The function's entry jumps to its gate.
 *
 * A gate counts by itself, in the channel, and stops its thread only when the count
 * requires it. A forked process has all of this, too.
 */
#ifndef MF_RUNNER_BREAKPOINT_GATES_H
#define MF_RUNNER_BREAKPOINT_GATES_H

#include "runner/breakpoint/plan.h"
#include "runner/target/channelfile.h"

/** The message that explains why there are no breakpoints. */
#define GATES_FAULT(why) "no breakpoint can be put into it: " why

struct gates {
    /** The program's load address minus the address that it is linked for. */
    uint64_t bias;
    /** The addresses of the counts, one for each patch, and of the channel's slots. */
    uint64_t counts, slots;
    /** The gates, each followed by its copy; and where each stops, 0 = there is none. */
    uint64_t code, stops[MF_ENTRY_COUNT];
    uint64_t refusal;
    /** Where it stops once: as it is called, and on its way into main. */
    struct gates_once {
        /** The address; 0 = it does not stop. */
        uint64_t at;
        unsigned char before;
    } init, main;
};

/**
 * Put the breakpoints into a process that is stopped at its exec.
 *
 * @memory
 *         Its memory; see remote.h.
 * @return
 *         NULL on success; else the reason for the failure, with the process unchanged or
 *         nearly so. Static.
 */
const char *gates_make(struct gates *gates, const struct breakpoint_plan *plan, pid_t pid,
                       int memory, const struct channel *channel);

/** Write the counts; 0 on success, -1 with errno. */
int gates_count(const struct gates *gates, const struct breakpoint_plan *plan, int memory,
                const struct machine_count *counts);

/** The address of a member of a slot in the process. */
#define gates_slot(gates, slot, member)                                                  \
    ((gates)->slots + (slot) * sizeof(struct mf_process) +                               \
     offsetof(struct mf_process, member))

/** The patch that a thread has stopped at; -1 = none. */
int gates_find(const struct gates *gates, const struct breakpoint_plan *plan,
               uint64_t pc);

/** For a thread in a gate, its copy, or the code that makes a call fail: set `pc` and `sp`
 * to where it would be in the program. Unchanged for any other thread. */
void gates_place(const struct gates *gates, const struct breakpoint_plan *plan,
                 uint64_t *pc, uint64_t *sp);

/**
 * Make the program stop once.
 *
 * @address
 *         Where, as linked.
 * @return
 *         0 on success, -1 with errno.
 */
int gates_await(const struct gates *gates, struct gates_once *once, uint64_t address,
                int memory);

/** Whether a thread at `pc` has stopped there. */
bool gates_has_come(const struct gates_once *once, uint64_t pc);

/** Remove that stop, if it is set; 0 on success, -1 with errno. */
int gates_go_on(struct gates_once *once, int memory);

#endif
