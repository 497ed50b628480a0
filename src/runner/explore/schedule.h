// SPDX-License-Identifier: MIT
/**
 * The schedule: all trials of an exploration, in turns. A run of the target meets its
 * points in the order of their numbers; what is newest has a turn of its own in front.
 */
#ifndef MF_RUNNER_EXPLORE_SCHEDULE_H
#define MF_RUNNER_EXPLORE_SCHEDULE_H

#include "runner/trials/campaign.h"

/** Count the trials of all points; none of them is there yet. */
void schedule_points(struct campaign *campaign);

/** Add all of them, none of them due; 0 on success, -1 when memory ran out. */
int schedule_all(struct campaign *campaign);

/** Make the trials of the next turn due, adding them where they are not there; 1 on success,
 * 0 where there is no further one, -1 when memory ran out. */
int schedule_turn(struct campaign *campaign);

/** Add trials of second failures to those that lived on after one, and make them due; 0 on
 * success, -1 when memory ran out. */
int schedule_pairs(struct campaign *campaign);

#endif
