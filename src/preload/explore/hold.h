// SPDX-License-Identifier: MIT
/**
 * Trying failures in place: at a point the target clones a child and holds still. The
 * child has its copy of the memory, gets NULL from the allocation, and runs to its end
 * behind the effect barrier, traced by the runner. Then the target goes on as if nothing
 * had happened, so nothing that the child looks at can have changed meanwhile.
 *
 * The child is its parent's sibling (CLONE_PARENT): the runner is its parent and so the
 * one that PTRACE_TRACEME makes its tracer.
 */
#ifndef MF_PRELOAD_EXPLORE_HOLD_H
#define MF_PRELOAD_EXPLORE_HOLD_H

#include "preload/call/call.h"

/**
 * Hold at a point, once for each of the points that have its number, or mark why that
 * cannot be.
 *
 * @at
 *         The first such point's index.
 * @return
 *         Whether the allocation passes: true in the target, and in a child in which nothing is to fail;
 *         false in other children.
 */
bool mf_hold_passes(struct mf_interposed_call *call, uint64_t at);

/** What a call returns that fails: NULL, but in a child that is to show
 * where its NULL comes out. */
void *mf_hold_refused(void);

/** Modules have gone: a stack that looks as before may be another one. */
void mf_hold_expire(void);

/** In a child: whether one more allocation passes. */
bool mf_hold_child_passes(struct mf_interposed_call *call);

#endif
