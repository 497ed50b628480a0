// SPDX-License-Identifier: MIT
/**
 * Calls into a library that does not survive what we have to.
 *
 * libdw follows NULL and ends the process where memory runs out, and may do so over debug
 * information that is broken. A call behind the guard ends early then. What it worked on
 * is in pieces, must not be used any more, and is left where it lies.
 */
#ifndef MF_RUNNER_UTIL_FAULT_GUARD_H
#define MF_RUNNER_UTIL_FAULT_GUARD_H

#include <stdbool.h>

typedef void fault_guard_function(void *context);

/**
 * Make a call. Only the main thread may, as the runner has no other one.
 *
 * @return
 *         Whether it returned; false where it crashed, aborted or left.
 */
bool fault_guard_call(fault_guard_function *function, void *context);

/** Have signals mean what they meant before the first call: for a child that is about to
 * execute another program. Async-signal-safe. */
void fault_guard_lower(void);

/** Leave the call that is being made: for handlers that must not return. */
__attribute__((noreturn)) void fault_guard_leave(void);

#endif
