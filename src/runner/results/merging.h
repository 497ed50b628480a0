// SPDX-License-Identifier: MIT
/** Joining the results of several explorations of one program: of parts, or of runs. */
#ifndef MF_RUNNER_RESULTS_MERGING_H
#define MF_RUNNER_RESULTS_MERGING_H

#include <jansson.h>

/** Read a results directory's findings.json; NULL with `why` filled where it is none. */
json_t *merging_load(const char *directory, char why[200]);

/**
 * Add results to others: trials that those have not, and findings by their cause.
 *
 * @into
 *         Changed.
 * @from
 *         May lose members to it.
 * @return
 *         0 on success, -1 with `why` filled where they are of different programs or
 *         memory ran out.
 */
int merging_add(json_t *into, json_t *from, char why[200]);

/** How many findings count as defects and are not known. */
size_t merging_defects(const json_t *results);

/** How many of the trials made an allocation fail. */
size_t merging_reached(const json_t *results);

#endif
