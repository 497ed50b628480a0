// SPDX-License-Identifier: MIT
/** Confirming: each defect is run once more, traced, and diagnosed. */
#ifndef MF_RUNNER_TRIALS_CONFIRM_H
#define MF_RUNNER_TRIALS_CONFIRM_H

#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

/**
 * Confirm what the trials showed: one of those with the same outcome, stack and mode.
 * Trials whose end does not come back are marked flaky.
 *
 * @return
 *         0 on success, -1 on failure (the user has been told).
 */
int confirm_trials(struct campaign *campaign, struct defects *defects);

/** How long a trial is given when it is run once more, in ns. */
uint64_t confirm_time(const struct campaign *campaign, const struct trial *trial);

#endif
