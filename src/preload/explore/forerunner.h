// SPDX-License-Identifier: MIT
/**
 * The forerunner: a copy of the target that runs ahead of it, behind the effect barrier, and
 * is held at the target's points in its place. Its children are behind the same barrier from
 * their first instruction: installing that takes the kernel as long as a fork.
 *
 * The target stands still until the forerunner comes to a system call that the barrier does
 * not let through, and then runs to the same place itself. Of the points in between, which
 * have been tried, it takes no notice.
 */
#ifndef MF_PRELOAD_EXPLORE_FORERUNNER_H
#define MF_PRELOAD_EXPLORE_FORERUNNER_H

#include "core/channel/explore.h"

#include <stdbool.h>
#include <stdint.h>

/** Whether a forerunner is worth its cost from the point with this index on, as far as can be
 * told before the surroundings are looked at. To be asked once for each point: those are counted
 * that the target sees to by itself. */
bool mf_forerunner_is_due(uint64_t at);

/** Send one, where mf_surroundings_judge() has just found nothing against a child, and wait for
 * its end. This returns in both, in the forerunner as if it were the target. */
void mf_forerunner_send(uint64_t at);

/** In a forerunner: end it, because the target has to see to this place itself. */
void mf_forerunner_give_up(void);

/** In a forerunner: end it where the barrier has changed, or cloning has become so dear that the
 * barrier's part of the cost is small. */
void mf_forerunner_consider(const struct mf_child *child);

#endif
