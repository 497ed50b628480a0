// SPDX-License-Identifier: MIT
/** What of an output is the same in all clean runs, line by line: numbers of processes and
 * the like move, and nothing is told by them. Times never tell anything: numbers with a
 * unit of time behind them. */
#ifndef MF_RUNNER_TRIALS_STEADY_H
#define MF_RUNNER_TRIALS_STEADY_H

#include "runner/util/capture.h"

/** The most lines that are left out; where more move, nothing is compared. */
#define STEADY_MOVING_MAX 65536

struct steady {
    /** Whether nothing of it is compared: clean runs have other numbers of lines, or one
     * of them no such file. */
    bool moves;
    /** The numbers of the lines that differ between clean runs, from 1, in order. */
    uint64_t *moving;
    size_t count;
    /** How many lines hold times. */
    size_t timed;
    /** Whether lines may come in another order: what writes them, threads say, takes turns by
     * chance. */
    bool unordered;
};

/** Where two outputs differ: the line, from 1, and where it begins in both. */
struct steady_place {
    uint64_t line, good, bad;
};

/**
 * Learn from one more clean run.
 *
 * @first
 *         What the first one wrote. Both may be closed.
 * @return
 *         Whether something new is known to move.
 */
bool steady_learn(struct steady *steady, const struct capture *first,
                  const struct capture *again);

/** Whether an output has more than one line. */
bool steady_has_lines(const struct capture *capture);

/**
 * Whether an output is what it should be, as far as that is steady.
 *
 * @place
 *         Filled where it is not; NULL = nobody asks.
 */
bool steady_same(const struct steady *steady, const struct capture *good,
                 const struct capture *bad, struct steady_place *place);

/** Whether it is how the good one begins, as far as that is steady. */
bool steady_start(const struct steady *steady, const struct capture *good,
                  const struct capture *bad);

/** Release it; fine on one that is all zeroes. */
void steady_destroy(struct steady *steady);

#endif
