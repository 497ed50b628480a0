// SPDX-License-Identifier: MIT
/** Going on from the results of an exploration that ended early. */
#ifndef MF_RUNNER_RESULTS_RESUME_H
#define MF_RUNNER_RESULTS_RESUME_H

#include "runner/trials/campaign.h"

/**
 * Take over what earlier results say of the campaign's open trials.
 *
 * @return
 *         0 on success, -1 where they cannot be read or are of another program (the user
 *         has been told).
 */
int resume_trials(struct campaign *campaign, const char *directory);

#endif
