// SPDX-License-Identifier: MIT
/** The stack of a call that has stopped at a gate, as the library sees stacks inside a
 * process. */
#ifndef MF_RUNNER_BREAKPOINT_CALLSTACK_H
#define MF_RUNNER_BREAKPOINT_CALLSTACK_H

#include "core/channel/stackid.h"
#include "runner/code/functions.h"
#include "runner/crash/view.h"

/** What stacks are walked with; all zeroes = of no process yet. */
struct callstack {
    struct view view;
    struct modules modules;
    /** Where the modules are among those of the channel, plus 1; 0 = not asked yet. */
    uint32_t shared[64];
    /** The functions of one module, which all calls of a static program come from. */
    struct functions functions;
    uint32_t functions_of;
    bool functions_open;
    /** The process that the view is turned to; 0 = none. */
    pid_t pid;
    /** What the last walk has found: the frames, innermost first, which of them are left when
     * recursion is folded, and the stack id. */
    struct raw_stack raw;
    size_t left[MF_FRAMES_MAX], left_count;
    uint64_t id;
};

/** Walk the stack of a thread at a gate; 0 on success, -1 with errno. */
int callstack_walk(struct callstack *stack, pid_t pid, pid_t tid);

/** Forget what is mapped in the process: it has executed another image. */
void callstack_forget(struct callstack *stack);

/** Whether it is not known to its end, or not all its frames have a module: other stacks may have
 * its id. */
bool callstack_is_cut(const struct callstack *stack);

/**
 * Write the frames down.
 *
 * @folded
 *         Whether those are left out that recursion repeats.
 * @return
 *         How many there are.
 */
unsigned callstack_write(struct callstack *stack, struct mf_head *head, bool folded,
                         struct mf_frame frames[MF_FRAMES_MAX]);

/** Whether a filter holds for one of the frames. */
bool callstack_holds(struct callstack *stack, const struct mf_place *place, size_t frame);

/** Release it. */
void callstack_destroy(struct callstack *stack);

#endif
