// SPDX-License-Identifier: MIT
/** Stacks of a suite that are not to be tried, for their modules are not wanted. */
#ifndef MF_RUNNER_SUITE_SPARED_H
#define MF_RUNNER_SUITE_SPARED_H

#include "core/channel/channel.h"
#include "runner/points/points.h"

/** Whether a stack is not to be tried. Safe on what processes have written.
 *
 * @head
 *         Has the modules that frames are numbered by.
 */
bool spared_by_modules(const struct mf_head *head, const struct mf_frame *frames,
                       size_t count, const struct points_choice *choice);

#endif
