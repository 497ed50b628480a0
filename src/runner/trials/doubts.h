// SPDX-License-Identifier: MIT
/** Doubts: a trial whose output looks wrong is run again, beside clean runs made just then.
 * Output that depends on the time of day is not a defect. Nor is a SIGKILL from outside, which
 * does not come again. */
#ifndef MF_RUNNER_TRIALS_DOUBTS_H
#define MF_RUNNER_TRIALS_DOUBTS_H

#include "runner/trials/campaign.h"

/** Settle them, when nothing else is going on; 0 on success, -1 where runs cannot be
 * started, of which the user has been told. */
int doubts_settle(struct campaign *campaign);

#endif
