// SPDX-License-Identifier: MIT
/** The points of an exploration, listed and not tried. */
#ifndef MF_RUNNER_EXPLORE_LISTING_H
#define MF_RUNNER_EXPLORE_LISTING_H

#include "runner/trials/campaign.h"

/**
 * Print a line for each point, by number: the number, the process where it is not PROGRAM's
 * own, how many bytes the first allocation of its stack asks for, the stack's id, and the
 * call site.
 *
 * @return
 *         The exit status.
 */
int listing_print(const struct campaign *campaign);

#endif
