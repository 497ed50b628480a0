// SPDX-License-Identifier: MIT
/** Coverage as findings.json has it: counted from the trials, and joined. */
#ifndef MF_RUNNER_RESULTS_COVERAGE_JSON_H
#define MF_RUNNER_RESULTS_COVERAGE_JSON_H

#include "runner/formats/triallist.h"

#include <jansson.h>

/**
 * Count what became of stacks and call sites, anew.
 *
 * @coverage
 *         Its `stacks` and `call_sites`; each gets its counts, and it a `summary`.
 * @trials
 *         The trials to count.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int coverage_json_trials(json_t *coverage, const struct triallist *trials);

/** Add stacks and call sites to others; they are to be counted then. 0 on success, -1
 * when memory ran out. */
int coverage_json_join(json_t *into, const json_t *from);

#endif
