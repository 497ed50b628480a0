// SPDX-License-Identifier: MIT
/** Which allocations are wanted by their number, size or time, whatever their stack: what
 * --nth, --every, --random, --above and --after say. */
#ifndef MF_RUNNER_POINTS_SELECTION_H
#define MF_RUNNER_POINTS_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most ranges of numbers. */
#define SELECTION_RANGES_MAX 32

struct selection_range {
    uint64_t from, to;
};

/** All zeroes = all are wanted. */
struct selection {
    struct selection_range nth[SELECTION_RANGES_MAX];
    unsigned nth_count;
    uint64_t every;
    /** From 0 (it is not given) to 1, and the text that it was read from. */
    double chance;
    /** Only those of more bytes, if `sized`. */
    bool sized;
    uint64_t above;
    uint64_t after_ns;
};

/** Whether it says anything of numbers; of sizes or times. */
bool selection_has_numbers(const struct selection *selection);
bool selection_has_facts(const struct selection *selection);

/** The option that says most of it, for messages: "--nth". */
const char *selection_name(const struct selection *selection);

/** Whether a number is wanted; `seed` is what chance goes by. */
bool selection_holds(const struct selection *selection, uint64_t number, uint64_t seed);

/**
 * Whether two runs recorded the same stacks, of so many allocations each.
 *
 * @ragged
 *         Whether only allocations from some time on are recorded, so that each run begins
 *         with another one; 0 = not recorded.
 */
bool selection_agrees(const uint64_t *one, const uint64_t *other, size_t count,
                      bool ragged);

/** Read "50", "3,7" or "10-20,50"; -1 where it is none. */
int selection_read_nth(const char *text, struct selection *selection);

/** Read "1%", "0.5%" or "0.01"; -1 where it is none, or not above 0. */
int selection_read_chance(const char *text, struct selection *selection);

/** Read "4096", "4K", "2M" or "1G" (of 1024 bytes each); -1 where it is none. */
int selection_read_above(const char *text, struct selection *selection);

#endif
