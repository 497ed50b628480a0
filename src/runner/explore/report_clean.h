// SPDX-License-Identifier: MIT
/** What the clean runs of an exploration did, for people. */
#ifndef MF_RUNNER_EXPLORE_REPORT_CLEAN_H
#define MF_RUNNER_EXPLORE_REPORT_CLEAN_H

#include "runner/trials/campaign.h"

#include <stdio.h>

/** Where the clean run does not end well, what it said last: it may not be the run that the
 * user meant. */
void report_complaint(const struct oracle *oracle, FILE *stream);

/** Say what of all outputs differs between clean runs. */
void report_moving(const struct campaign *campaign, FILE *stream);

/** All that is to be known of the clean runs. */
void report_oracle(const struct campaign *campaign, FILE *stream);

#endif
