// SPDX-License-Identifier: MIT
/**
 * Trials in place: a run of the target is held at each point while a child of it goes on
 * without its memory, traced and behind the effect barrier.
 */
#ifndef MF_RUNNER_INPLACE_INPLACE_H
#define MF_RUNNER_INPLACE_INPLACE_H

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
