// SPDX-License-Identifier: MIT
/**
 * The fork in place: at a point a child of the target branches off, gets NULL from the
 * allocation and runs to its end behind the effect barrier; the target itself goes on.
 *
 * The child is its parent's sibling: a child of the runner. It counts into its slot, and
 * never branches or records again.
 */
#ifndef MF_PRELOAD_EXPLORE_BRANCH_H
#define MF_PRELOAD_EXPLORE_BRANCH_H

#include "preload/call/call.h"

/**
 * Branch off at a point, or mark why that cannot be.
 *
 * @at
 *         The point's index.
 * @return
 *         Whether the allocation passes: true in the parent, false in the child.
 */
bool mf_branch_passes(struct mf_interposed_call *call, uint64_t at);

/** In a child that has branched off: whether one more allocation passes. */
bool mf_branch_child_passes(void);

#endif
