// SPDX-License-Identifier: MIT
/**
 * Breakpoints in one process: a place near its program with a gate for each function that can
 * fail, to which the function's entry jumps, and the code that has a call fail.
 *
 * A gate counts by itself, in the channel, and stops its thread only where the count wants it.
 * What a fork makes has all of it, too.
 */
#ifndef MF_RUNNER_BREAKPOINT_GATES_H
#define MF_RUNNER_BREAKPOINT_GATES_H

#include "runner/breakpoint/plan.h"
#include "runner/target/channelfile.h"

/** Why there are none, in whole words. */
#define GATES_FAULT(why) "no breakpoint can be put into it: " why

struct gates {
    /** How far the program lies from where it is linked to. */
    uint64_t bias;
    /** Where the counts are, one for each of the patches, and where the channel's slots. */
    uint64_t counts, slots;
    /** The gates, each with its copy behind it; where they stop, 0 = there is none. */
    uint64_t code, stops[MF_ENTRY_COUNT];
    uint64_t refusal;
    /** Where it stops once: as it is called, and on its way into main. */
    struct gates_once {
        /** 0 = it does not. */
        uint64_t at;
        unsigned char before;
    } init, main;
};

/**
 * Put them into a process at the stop for its exec.
 *
 * @memory
 *         Its memory; see remote.h.
 * @return
 *         NULL on success; else why that cannot be, with the process as it was or nearly so.
 *         Static.
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

/** Which of the patches a thread has stopped at; -1 = none. */
int gates_find(const struct gates *gates, const struct breakpoint_plan *plan,
               uint64_t pc);

/** Where a thread would stand in the program that stands in a gate, its copy, or the code that
 * has a call fail; unchanged where it does not. */
void gates_place(const struct gates *gates, const struct breakpoint_plan *plan,
                 uint64_t *pc, uint64_t *sp);

/**
 * Have it stop once.
 *
 * @address
 *         Where, as linked.
 * @return
 *         0 on success, -1 with errno.
 */
int gates_await(const struct gates *gates, struct gates_once *once, uint64_t address,
                int memory);

/** Whether it has, and stands there. */
bool gates_has_come(const struct gates_once *once, uint64_t pc);

/** Take that out again, where it is there; 0 on success, -1 with errno. */
int gates_go_on(struct gates_once *once, int memory);

#endif
