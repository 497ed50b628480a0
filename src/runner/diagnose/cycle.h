// SPDX-License-Identifier: MIT
/** Recursion in a deep stack: the group of frames that comes again and again. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_CYCLE_H
#define MF_RUNNER_DIAGNOSE_CYCLE_H

#include "runner/crash/facts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The longest cycle that is looked for, in frames. */
#define CYCLE_LENGTH_MAX 64
/** So many repetitions of one are no honest recursion. */
#define CYCLE_ENDLESS 1000

struct cycle {
    /** Index of its first frame, from the innermost on. */
    size_t start;
    /** How many frames it has; 0 = none was found. */
    size_t length;
    /** How often it comes, one after the other. */
    size_t repeats;
};

/**
 * Find the cycle a stack consists of.
 *
 * @keys
 *         A number for each frame, innermost first; equal for equal places.
 * @return
 *         The shortest cycle that comes at least 16 times in a row near the
 *         innermost end.
 */
struct cycle cycle_find(const uint64_t *keys, size_t count);

/** The cycle of a stack, by its raw frames; none when memory ran out. */
struct cycle cycle_of(const struct raw_stack *stack);

#endif
