// SPDX-License-Identifier: MIT
/** Trials of a program with all processes that come of it: in fresh processes, traced, so
 * that the death of each is seen; one at a time. */
#ifndef MF_RUNNER_TRIALS_FOLLOW_H
#define MF_RUNNER_TRIALS_FOLLOW_H

#include "runner/trials/campaign.h"

/**
 * See how the processes end where nothing fails: deaths that are none of ours do not
 * count.
 *
 * @return
 *         0 on success, or the exit status with the user told.
 */
int follow_clean(struct campaign *campaign);

/** Try all that is open; 0 on success, -1 on failure (the user has been told). */
int follow_trials(struct campaign *campaign);

#endif
