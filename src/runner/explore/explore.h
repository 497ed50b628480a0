// SPDX-License-Identifier: MIT
/** Exploring: every failure of a program's allocations is tried, by the best strategy,
 * and what breaks is confirmed, diagnosed, and told. */
#ifndef MF_RUNNER_EXPLORE_EXPLORE_H
#define MF_RUNNER_EXPLORE_EXPLORE_H

#include "runner/formats/destinations.h"
#include "runner/trials/campaign.h"

/**
 * Explore a program.
 *
 * @reports
 *         Where --report wants documents.
 * @return
 *         The exit status; what is wrong has been told.
 */
int explore(const struct campaign_options *options, const struct destinations *reports,
            const struct preflight *preflight, const struct diag *diag);

#endif
