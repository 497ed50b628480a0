// SPDX-License-Identifier: MIT
/** Coverage of failure points: which stacks and call sites have failed, and with which outcome. */
#ifndef MF_RUNNER_RESULTS_COVERAGE_H
#define MF_RUNNER_RESULTS_COVERAGE_H

#include "runner/formats/triallist.h"
#include "runner/trials/campaign.h"

/** Of those that are not left out: how many there are, and how many have failed. */
struct coverage {
    size_t stacks, stacks_failed;
    size_t sites, sites_failed;
};

/** Count; 0 on success, -1 when memory ran out. */
int coverage_count(struct coverage *coverage, const struct campaign *campaign);

/**
 * Name the places that the stacks of the clean runs are made of, call sites first, until
 * the budget is spent or a signal comes: the rest is counted as `unnamed`. After a signal
 * the naming has a moment.
 */
void coverage_name(struct campaign *campaign);

/**
 * All of it, with the names that coverage_name() found.
 *
 * @trials
 *         The trials as findings.json has them.
 * @return
 *         A new reference, NULL when memory ran out.
 */
json_t *coverage_json(const struct campaign *campaign, const struct triallist *trials);

#endif
