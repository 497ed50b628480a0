// SPDX-License-Identifier: MIT
/** Which stacks go through functions that the user names: --only-function and
 * --skip-function. Functions of the C and C++ run-time libraries are not looked at, nor
 * what is inlined. */
#ifndef MF_RUNNER_POINTS_BYFUNCTION_H
#define MF_RUNNER_POINTS_BYFUNCTION_H

#include "runner/code/functions.h"
#include "runner/points/stacks.h"

/** The patterns that match the function of a place, as bits of their indices. */
struct byfunction_matches {
    uint32_t only, skip;
};

/** Match the function of one place, at an offset in a module's file. */
struct byfunction_matches byfunction_match(const struct functions *functions,
                                           uint64_t offset,
                                           const struct stacks_globs *only,
                                           const struct stacks_globs *skip);

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
