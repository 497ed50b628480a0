// SPDX-License-Identifier: MIT
/** The table of a clean run's distinct stacks: written inside the target by all its
 * threads, read by the runner. */
#ifndef MF_CORE_CHANNEL_STACKTABLE_H
#define MF_CORE_CHANNEL_STACKTABLE_H

#include "core/channel/explore.h"

/**
 * Find a stack in the table. Safe on hostile memory.
 *
 * @room
 *         How many entries the table has: a power of two, or 0.
 * @return
 *         Its entry, or the free one that it is to go to; NULL where there is neither.
 */
struct mf_stack *mf_stacktable_find(struct mf_stack *table, uint64_t room, uint64_t id);

#endif
