// SPDX-License-Identifier: MIT
/**
 * What becomes of an exception that nobody catches, in a function that it leaves a call of.
 *
 * The C++ library looks for who catches it first, and that passes over functions which only
 * destroy what they have: also over those that then let no exception out, as those that are
 * noexcept, and destructors. So what their code does after that is read here.
 */
#ifndef MF_RUNNER_EXCEPTIONS_LANDING_H
#define MF_RUNNER_EXCEPTIONS_LANDING_H

#include "runner/code/functions.h"

enum landing {
    /** It goes on to the caller. */
    LANDING_PASSES,
    /** The function ends the program. */
    LANDING_STOPS,
    /** It destroys something; what it does then cannot be read (without capstone, for one). */
    LANDING_UNKNOWN,
};

/**
 * Find it.
 *
 * @address
 *         As linked, inside of the call.
 */
enum landing landing_of(const struct functions *functions, uint64_t address);

#endif
