// SPDX-License-Identifier: MIT
/** Fresh trials: a process of its own for each, several at once. */
#ifndef MF_RUNNER_TRIALS_FRESH_H
#define MF_RUNNER_TRIALS_FRESH_H

#include "runner/trials/campaign.h"

/**
 * Run all trials that are open, in their order, until the campaign's end.
 *
 * @return
 *         0 on success, -1 where no run could be started (the user has been told).
 */
int fresh_trials(struct campaign *campaign);

#endif
