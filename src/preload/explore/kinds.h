// SPDX-License-Identifier: MIT
/**
 * Kinds of stacks: those that go through the same modules.
 *
 * If a user wants the allocations of some modules only, the runner says of each stack whether it
 * is to be tried, for which the process has to be held. An interpreter has ten thousands of
 * stacks in itself: of a kind that was not to be tried once, no other stack is.
 */
#ifndef MF_PRELOAD_EXPLORE_KINDS_H
#define MF_PRELOAD_EXPLORE_KINDS_H

#include "core/channel/suite.h"

/** Whether stacks of this kind are not to be tried, as far as is known. Lock-free. */
bool mf_kinds_is_spared(const struct mf_suite *suite, const struct mf_frame *frames,
                        uint32_t count);

/** Note that a stack is not to be tried. */
void mf_kinds_note_spared(struct mf_suite *suite, const struct mf_frame *frames,
                          uint32_t count);

#endif
