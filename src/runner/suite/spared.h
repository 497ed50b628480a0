// SPDX-License-Identifier: MIT
/** Stacks of a suite that are not to be tried, for their modules or functions are not wanted. */
#ifndef MF_RUNNER_SUITE_SPARED_H
#define MF_RUNNER_SUITE_SPARED_H

#include "core/channel/channel.h"
#include "runner/points/points.h"

/** What is known of stacks and of the files that they lead through. */
struct spared;

/** NULL when memory ran out. */
struct spared *spared_new(void);

/** Whether a stack is not to be tried. Safe on what processes have written.
 *
 * @head
 *         Has the modules that frames are numbered by.
 * @stack
 *         Its index: what was said of it once is said again.
 */
bool spared_find(struct spared *spared, const struct mf_head *head, uint64_t stack,
                 const struct mf_frame *frames, size_t count,
                 const struct points_choice *choice);

/** Release it; NULL is fine. */
void spared_free(struct spared *spared);

#endif
