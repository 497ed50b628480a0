// SPDX-License-Identifier: MIT
/** Which stacks go through functions that the user names: --only-function and
 * --skip-function. Functions of the C and C++ run-time libraries are not looked at, nor
 * what is inlined. */
#ifndef MF_RUNNER_POINTS_BYFUNCTION_H
#define MF_RUNNER_POINTS_BYFUNCTION_H

#include "runner/points/stacks.h"

struct byfunction {
    /** For each stack whether it is left out; NULL = none is. */
    bool *out;
    /** The patterns that match no function, as bits of their indices. */
    uint32_t only_unused, skip_unused;
};

/** Find them; 0 on success, -1 when memory ran out, with nothing to destroy. */
int byfunction_find(struct byfunction *found, const struct stacks *stacks,
                    const struct stacks_globs *only, const struct stacks_globs *skip);

/** Release them; fine on ones that are all zeroes. */
void byfunction_destroy(struct byfunction *found);

#endif
