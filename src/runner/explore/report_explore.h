// SPDX-License-Identifier: MIT
/** What an exploration did and found, for people. */
#ifndef MF_RUNNER_EXPLORE_REPORT_EXPLORE_H
#define MF_RUNNER_EXPLORE_REPORT_EXPLORE_H

#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

#include <stdio.h>

/** Where the clean run does not end well, what it said last: it may not be the run that the
 * user meant. */
void report_complaint(const struct oracle *oracle, FILE *stream);

/** The line about the clean runs. */
void report_oracle(const struct campaign *campaign, FILE *stream);

/** All the rest. */
void report_campaign(struct campaign *campaign, const struct defects *defects,
                     FILE *stream);

#endif
