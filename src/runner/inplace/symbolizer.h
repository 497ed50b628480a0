// SPDX-License-Identifier: MIT
/** Sanitizers start a program that names the places of their reports. A child must not; without
 * it the report has addresses, and its places are named from outside anyway. */
#ifndef MF_RUNNER_INPLACE_SYMBOLIZER_H
#define MF_RUNNER_INPLACE_SYMBOLIZER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** Where children of a target make pipes; all zeroes at first. */
struct symbolizer_places {
    /** The address that a pipe's call returned to where a sanitizer made it, and where another
     * one did; 0 = none has. */
    uint64_t own, other;
};

/** Whether it is a sanitizer's run-time library that makes a pipe.
 *
 * @back
 *         Where the C library's function returns to.
 * @places
 *         Kept up to date, for all children of a target.
 */
bool symbolizer_asks(struct symbolizer_places *places, pid_t child, uint64_t back);

#endif
