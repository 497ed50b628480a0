// SPDX-License-Identifier: MIT
/** The table of a clean run's distinct stacks: all threads of the target write it, the runner
 * reads it. */
#ifndef MF_CORE_CHANNEL_STACKTABLE_H
#define MF_CORE_CHANNEL_STACKTABLE_H

#include "core/channel/explore.h"

/**
 * Find a stack in the table. Safe on hostile memory.
 *
 * @room
 *         How many entries the table has: a power of two, or 0.
 * @return
 *         Its entry, or the free one to put it in; NULL if there is neither.
 */
struct mf_stack *mf_stacktable_find(struct mf_stack *table, uint64_t room, uint64_t id);

#endif
