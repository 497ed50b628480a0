// SPDX-License-Identifier: MIT
/**
 * Whether a function returns what a call in it has returned: a data flow over its machine
 * code, forward from the call.
 *
 * It knows which registers and which words of the stack hold that pointer, give or take a
 * constant, and goes on both ways at each branch; but not where the pointer was found to be
 * NULL: a function that only tells whether it got memory returns something else. What is
 * not followed, such as code out of line or tables of jumps, is taken to return something
 * else, too.
 */
#ifndef MF_RUNNER_CODE_RETURNFLOW_H
#define MF_RUNNER_CODE_RETURNFLOW_H

#include "runner/code/functions.h"
#include "runner/code/microcode.h"

/**
 * Whether the function returns it.
 *
 * @codes
 *         Of the file's machine.
 * @from
 *         The return address of the call, as linked: within the function.
 */
bool returnflow_returns(struct microcodes *codes, const struct elffile *file,
                        struct function_range function, uint64_t from);

/** Whether a function looks at what a call in it has returned. It does not where what it
 * calls returns nothing. */
bool returnflow_uses(struct microcodes *codes, const struct elffile *file,
                     struct function_range function, uint64_t from);

#endif
