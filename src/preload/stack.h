// SPDX-License-Identifier: MIT
/** The caller's return addresses. Allocates nothing; safe in a signal handler. */
#ifndef MF_PRELOAD_STACK_H
#define MF_PRELOAD_STACK_H

#include <stdbool.h>
#include <stdint.h>

/** Look at one return address, innermost first; whether to go on. */
typedef bool mf_stack_visit(void *context, uintptr_t address);

/**
 * Walk the calling thread's stack.
 *
 * @caller
 *         The return address of the interposed function: the first one that is shown, the
 *         library's own in front of it are left out. It is shown even where the stack
 *         cannot be walked.
 */
void mf_stack_walk(uintptr_t caller, mf_stack_visit *visit, void *context);

#endif
