// SPDX-License-Identifier: MIT
/** The caller's return addresses. Allocates nothing; safe in a signal handler. */
#ifndef MF_PRELOAD_STACK_STACK_H
#define MF_PRELOAD_STACK_STACK_H

#include "preload/stack/known.h"

#include <stdbool.h>
#include <stdint.h>

/** A frame: its return address, and where that lies. */
struct mf_stack_frame {
    uintptr_t address;
    /** The module's part in a stack id, 0 = none, and the distance from its load base. */
    uint64_t module, offset;
    /** A hash of the function, which tells functions apart in this process. */
    uint64_t function;
};

/** Look at one frame, innermost first; whether to go on. */
typedef bool mf_stack_visit(void *context, const struct mf_stack_frame *frame);

/**
 * Walk the calling thread's stack.
 *
 * @caller
 *         The return address of the interposed function: the first one that is shown, the
 *         library's own in front of it are left out. It is shown even where the stack
 *         cannot be walked. Where it is 0 the first one outside the library is shown
 *         first.
 */
void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit, void *context);

/**
 * The same from the frame where mf_walk_begin() was asked, which must be alive.
 *
 * @start
 *         NULL where that was not known.
 * @trail
 *         Begun, for the words that the walk goes by; or NULL.
 * @return
 *         Whether all frames up to the end of the stack were shown, each with its module. If
 *         not, stacks that differ may look alike.
 */
bool mf_stack_walk_from(const struct mf_registers *start, struct mf_trail *trail,
                        uintptr_t caller, mf_stack_visit *visit, void *context);

#endif
