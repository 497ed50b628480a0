// SPDX-License-Identifier: MIT
/** Joining the results of parts of one exploration, or of runs of one program. */
#ifndef MF_RUNNER_RESULTS_MERGING_H
#define MF_RUNNER_RESULTS_MERGING_H

#include <jansson.h>
#include <stdbool.h>

/** Read a results directory's findings.json; NULL with `why` filled if it is not one. */
json_t *merging_load(const char *directory, char why[200]);

/** Add the trials of another part of an exploration to its own, those that it has not, and
 * what is counted beside them. 0 on success, -1 when memory ran out. */
int merging_join_trials(json_t *into, json_t *from);

/** Add values to others, each once; 0 on success, -1 when memory ran out. */
int merging_join_values(json_t *list, const json_t *more);

/** Add findings to others, those with the same cause to each other; 0 on success, -1 when
 * memory ran out. */
int merging_join_findings(json_t *into, const json_t *from);

/** Count anew how many trials ended with each finding; one that only trials had which ended
 * otherwise in other results keeps its number. Non-zero when memory ran out. */
int merging_count_causes(json_t *results);

/** The worst first, and among equals those that most trials ended with; 0 on success, -1 when
 * memory ran out. */
int merging_sort_findings(json_t *findings);

/** Count outcomes anew, and what was done in place or known from that. The same. */
int merging_count_outcomes(json_t *results);

/** How many findings count as defects, those that are known included or not. */
size_t merging_defects(const json_t *results, bool known);

/** How many of the trials made an allocation fail. */
size_t merging_reached(const json_t *results);

#endif
