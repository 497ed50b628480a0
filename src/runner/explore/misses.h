// SPDX-License-Identifier: MIT
/**
 * Misses: trials whose failure was not reached. Programs that exclude one another (by a lock, a
 * port, a file) get in each other's way when several run at a time; what an earlier run left
 * behind gets in the way of all later ones.
 */
#ifndef MF_RUNNER_EXPLORE_MISSES_H
#define MF_RUNNER_EXPLORE_MISSES_H

#include "runner/trials/campaign.h"

/** Run them once more, each alone, unless it was alone already; 0 on success, -1 when runs
 * cannot be started (the user has been told). */
int misses_run_alone(struct campaign *campaign);

/** If some are left, look how a clean run is now. */
void misses_look(struct campaign *campaign);

/** Tell of them, and of those that were reached alone. */
void misses_print(const struct campaign *campaign, FILE *stream);

#endif
