// SPDX-License-Identifier: MIT
/** The hash of a text in which times do not count: numbers with a unit of time behind
 * them, as in "took 15 ms" or "(0.2 s)". */
#ifndef MF_RUNNER_TRIALS_TIMELESS_H
#define MF_RUNNER_TRIALS_TIMELESS_H

#include <stdbool.h>
#include <stdint.h>

/** The longest unit. */
#define TIMELESS_UNIT_MAX 12

/** A hash in the making; all zeroes = of an empty text. */
struct timeless {
    uint64_t hash;
    /** How many times there were. */
    unsigned times;
    /** What may become a time: a number, a blank behind it, its unit. */
    enum { TIMELESS_TEXT, TIMELESS_NUMBER, TIMELESS_BLANK, TIMELESS_UNIT } in;
    /** The hash with what may become a time as it stands. */
    uint64_t with;
    char unit[TIMELESS_UNIT_MAX + 1];
    unsigned unit_length;
    bool in_word;
};

/** Add one byte. */
void timeless_add(struct timeless *text, char byte);

/** End it; its hash. */
uint64_t timeless_end(struct timeless *text);

#endif
