// SPDX-License-Identifier: MIT
/**
 * The tables that compilers write for exceptions: where a function goes on when one leaves
 * a call in it.
 */
#ifndef MF_RUNNER_EXCEPTIONS_CALLSITE_H
#define MF_RUNNER_EXCEPTIONS_CALLSITE_H

#include "runner/code/functions.h"

/**
 * Find the landing pad of a call: the code that an exception is handed to.
 *
 * @address
 *         As linked, inside of the call.
 * @return
 *         Its address, as linked; 0 where the function has none for that call, or that is
 *         not known.
 */
uint64_t callsite_landing_pad(const struct functions *functions, uint64_t address);

#endif
