// SPDX-License-Identifier: MIT
/** What the trials of an exploration did and found, for people. */
#ifndef MF_RUNNER_EXPLORE_REPORT_EXPLORE_H
#define MF_RUNNER_EXPLORE_REPORT_EXPLORE_H

#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

#include <stdio.h>

/** All but what the clean runs did; see report_clean.h. */
void report_campaign(struct campaign *campaign, const struct defects *defects,
                     FILE *stream);

/** Its part from the outcomes on: the defects, and their sum. */
void report_found(const struct campaign *campaign, const struct defects *defects,
                  FILE *stream);

/** A line for each defect, and one for their sum. */
void report_brief(const struct campaign *campaign, const struct defects *defects,
                  FILE *stream);

/** In parentheses: why trials were not run in place. */
void report_unsuited(struct campaign *campaign, FILE *stream);

/** Of which failures it is not known whether they leak; nothing where all is known. */
void report_leaks(const struct campaign *campaign, FILE *stream);

/** Of how many stacks the call site is not known; nothing for 0. */
void report_frameless(size_t count, FILE *stream);

#endif
