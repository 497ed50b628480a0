// SPDX-License-Identifier: MIT
/** The stack of a thread as it was found: modules and offsets, no names. */
#ifndef MF_RUNNER_CRASH_RAWSTACK_H
#define MF_RUNNER_CRASH_RAWSTACK_H

#include "runner/code/modules.h"

/** So many of the innermost frames tell one place where programs break from another. A
 * sanitizer can be in the 13 innermost ones. */
#define RAW_STACK_PLACE_FRAMES 16

/** How many frames without a return address are distinguished in a stack. */
#define RAW_STACK_EXACT_MAX 16

struct raw_stack {
    /** Innermost first: frames[0] is where the thread stands, the others are return
     * addresses, but for the two that a signal leaves. Owned: free() it. */
    struct frame *frames;
    size_t count;
    /** Whether it goes on, but no more frames were wanted. */
    bool cut;
    /** The indices of frames without a return address; see raw_stack_is_exact(). */
    size_t exact[RAW_STACK_EXACT_MAX];
    size_t exact_count;
    /** Whether frames were left out. */
    bool shortened;
};

/** Leave out the innermost frames of a stack; at least one stays. */
void raw_stack_drop(struct raw_stack *stack, size_t count);

/** Whether a frame is one to leave out. */
typedef bool (*raw_stack_is_out)(const struct frame *frame, const void *context);

/** Leave out frames of a stack, wherever they are; at least one stays. */
void raw_stack_leave_out(struct raw_stack *stack, raw_stack_is_out is_out,
                         const void *context);

/** How many frames there are in front of those that a signal has interrupted: all, if none
 * has. */
size_t raw_stack_before_signal(const struct raw_stack *stack);

/** Whether a frame is where its thread stood, by itself or in a signal, rather than a
 * return address. */
bool raw_stack_is_exact(const struct raw_stack *stack, size_t index);

#endif
