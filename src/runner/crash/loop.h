// SPDX-License-Identifier: MIT
/**
 * Where a thread loops that does not come to an end: the function that it always comes back
 * to, wherever in the loop it happened to be stopped.
 *
 * The thread goes on for a moment, with a breakpoint wherever a function of its stack
 * returns to. The outermost one that it comes to is in the function with the loop: all that
 * is called from there has ended, and what is further out has not.
 */
#ifndef MF_RUNNER_CRASH_LOOP_H
#define MF_RUNNER_CRASH_LOOP_H

#include "runner/crash/stepping.h"
#include "runner/crash/unwind.h"

/** The most frames of a stack that a loop is looked for in. */
#define LOOP_FRAMES_MAX 512

/** Where a loop is. */
struct loop {
    /** The index of the frame with the loop; 0 where it came back to none of them: it waits,
     * or loops in the innermost function. */
    size_t frame;
    /** The addresses of that frame's function that the loop comes to, where known. */
    uint64_t addresses[STEPPING_MAX];
    size_t count;
    /** Whether it is no loop: the thread waited all the time. */
    bool waits;
    /** Whether the time was over before that was known. */
    bool cut;
};

/** Whose loop is looked for. */
struct loop_place {
    /** The process; none of its other threads goes on. */
    pid_t pid;
    /** The thread, which is stopped under ptrace. It is stopped afterwards, too, unless it
     * ended, or the time was over. */
    pid_t tid;
    /** Where its failures are counted. */
    struct mf_head *head;
    /** Until when; NULL = nobody waits. */
    const struct look_time *time;
    /** Who sees to traps of its own meanwhile; NULL = nobody. */
    struct tracee_agent *agent;
};

/**
 * Find it. The code of the process is changed: it has to be killed afterwards.
 *
 * @returns
 *         Of its stack, `count` of them.
 */
void loop_find(struct loop *loop, const struct loop_place *place,
               const struct unwind_return *returns, size_t count);

#endif
