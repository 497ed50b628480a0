// SPDX-License-Identifier: MIT
/** Trials in place: one run of the target, which branches off a child at each point; the
 * child gets NULL there and goes on, behind the effect barrier. */
#ifndef MF_RUNNER_TRIALS_INPLACE_H
#define MF_RUNNER_TRIALS_INPLACE_H

#include "runner/trials/campaign.h"

/** Whether anything is to be done in place; where the options forbid it, the campaign
 * says why. */
bool inplace_is_wanted(struct campaign *campaign);

/**
 * Run what can be run in place of the trials that are open; the others stay open, and the
 * campaign says why.
 *
 * @return
 *         0 on success, -1 where memory ran out (the user has been told).
 */
int inplace_trials(struct campaign *campaign);

#endif
