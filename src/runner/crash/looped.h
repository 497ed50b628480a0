// SPDX-License-Identifier: MIT
/** Whether a thread stands in the loop in which another one of the same program hung. */
#ifndef MF_RUNNER_CRASH_LOOPED_H
#define MF_RUNNER_CRASH_LOOPED_H

#include "runner/crash/facts.h"

#include <stdint.h>

/** The frame of a stack that is in the loop of a hang: in the call that was in progress there,
 * or in the innermost function. SIZE_MAX = none. */
size_t looped_find(const struct crash *known, const struct raw_stack *stack);

/** Whether a stack is in the loop of a hang, wherever in that. */
bool looped_is_at(const struct crash *known, const struct raw_stack *stack);

#endif
