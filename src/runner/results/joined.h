// SPDX-License-Identifier: MIT
/** The sum of several explorations. */
#ifndef MF_RUNNER_RESULTS_JOINED_H
#define MF_RUNNER_RESULTS_JOINED_H

#include <jansson.h>
#include <stddef.h>

/**
 * Put into results what explorations have in common, and the sums of what they count.
 *
 * @explorations
 *         Each with its outcomes counted.
 * @common
 *         The members that all explorations may have in common; others are left out.
 * @return
 *         Non-zero when memory ran out.
 */
int joined_put_sums(json_t *results, const json_t *explorations,
                    const char *const *common, size_t count);

/** Add to an exploration what another part of it counts: of how many failures it is not known
 * whether they leak, if that was looked for, and how many ended as their processes do by
 * themselves; non-zero when memory ran out. */
int joined_add_counts(json_t *into, const json_t *from);

/** Add to the results of a suite another run of the same suite, if it is another one; of an
 * exploration, which has the same clean run, nothing. Non-zero when memory ran out. */
int joined_add_runs(json_t *into, const json_t *from);

/** Add to an exploration what another part of it missed, or another exploration; non-zero when
 * memory ran out.
 *
 * @most
 *         How many failures can have been missed at most; -1 = any number.
 */
int joined_add_missed(json_t *into, const json_t *from, json_int_t most);

#endif
