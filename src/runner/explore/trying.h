// SPDX-License-Identifier: MIT
/** Trying: all trials of an exploration, in their order, as long as there is time. */
#ifndef MF_RUNNER_EXPLORE_TRYING_H
#define MF_RUNNER_EXPLORE_TRYING_H

#include "runner/trials/campaign.h"

/** Try everything; 0, or the exit status. */
int trying(struct campaign *campaign);

#endif
