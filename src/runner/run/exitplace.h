// SPDX-License-Identifier: MIT
/**
 * Where a process ended by itself, seen from the allocation that had failed: who calls exit()
 * in the middle of a function has no chance to free what that holds. Pure.
 */
#ifndef MF_RUNNER_RUN_EXITPLACE_H
#define MF_RUNNER_RUN_EXITPLACE_H

#include "runner/target/leaks.h"

struct exitplace {
    /** The failed allocation, and where exit() was called; both with no frames where they cannot
     * be compared. */
    struct mf_injection failed;
    struct mf_frame frames[MF_CHILD_FRAMES_MAX];
    size_t count;
};

/**
 * Read it.
 *
 * @told
 *         What the process, whose channel it is, says of its end.
 */
void exitplace_read(struct exitplace *place, struct mf_head *head,
                    const struct mf_child *told);

/** Whether exit() ended the process while the last function was still running that called, directly
 * or not, for both a block, by these frames, and the failed allocation. */
bool exitplace_holds(const struct exitplace *place, const struct mf_frame *frames,
                     size_t count);

/** Whether exit() ended it while main, or the like, was still running: in the C library the way to
 * the failed allocation and the way to the end do not part. */
bool exitplace_is_inside(const struct exitplace *place, const struct mf_head *head);

/** Say of what a fresh run has left what functions still held. */
void exitplace_mark(struct leaks *leaks, const struct channel *channel);

#endif
