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

/** How many trials are run again before the next ones are chosen. */
#define DOUBTS_GROUP_MAX 16

/** Trials that are run again together, and what each was before. */
struct doubts_group {
    struct trial *trials[DOUBTS_GROUP_MAX];
    struct trial before[DOUBTS_GROUP_MAX];
    size_t count;
};

/** Open the next ones again that are wanted; 0 = no more are. */
struct doubts_group doubts_open(struct campaign *campaign,
                                bool is_wanted(const struct campaign *campaign,
                                               const struct trial *trial));

#endif
