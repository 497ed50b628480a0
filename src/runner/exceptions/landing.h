// SPDX-License-Identifier: MIT
/**
 * Whether a function lets an exception out that nobody catches, and that leaves one of its calls.
 *
 * The C++ library first looks for a handler. That search passes over functions which only
 * destroy their objects, also over those that let no exception out afterwards: noexcept
 * functions and destructors. So the code that runs after the destruction is read here.
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
