// SPDX-License-Identifier: MIT
/** How many of the allocations that were seen are points: the others of the same stacks are left
 * out. */
#ifndef MF_RUNNER_RESULTS_CHOSEN_H
#define MF_RUNNER_RESULTS_CHOSEN_H

#include "runner/trials/campaign.h"

#include <stdio.h>

/** Tell of those that are not points, where the user has not chosen them. */
void chosen_print(const struct campaign *campaign, FILE *stream);

/** The same as JSON; NULL when memory ran out. */
json_t *chosen_json(const struct campaign *campaign);

#endif
