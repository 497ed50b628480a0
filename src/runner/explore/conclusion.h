// SPDX-License-Identifier: MIT
/** How the campaign of a program or a suite begins and ends, and what it writes then. */
#ifndef MF_RUNNER_EXPLORE_CONCLUSION_H
#define MF_RUNNER_EXPLORE_CONCLUSION_H

#include "runner/formats/destinations.h"
#include "runner/trials/campaign.h"

/**
 * Begin with the campaign's defects and suppressions, and see before the work that the results
 * can be written; the user is told if not.
 *
 * @return
 *         0; or the exit status, with nothing to release.
 */
int conclusion_foresee(struct campaign *campaign, const struct destinations *reports);

/** When trials are to end, for the budget to have some left to name, write and tell. */
uint64_t conclusion_until(const struct campaign *campaign);

/** The exit status that follows from what a campaign has found. */
typedef int conclusion_judge(const struct campaign *campaign, const void *context);

/** Name what was found, write it down, and write the reports; the exit status. */
int conclusion_write(struct campaign *campaign, const struct destinations *reports,
                     conclusion_judge *judge, const void *context);

/** Warn of patterns for modules and functions that match none which allocates. */
void conclusion_check_choice(const struct campaign *campaign);

/** Whether something was found that counts. */
bool conclusion_has_defects(const struct campaign *campaign);

/** Release all that a campaign has. */
void conclusion_release(struct campaign *campaign);

#endif
