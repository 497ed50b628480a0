// SPDX-License-Identifier: MIT
/**
 * Whether a child that is cloned here and now does what a fresh process would do: no other
 * thread that does anything, no pending signal, no armed timer, no child that may send it a
 * signal, no memory shared with others, and nothing open that cannot be held.
 */
#ifndef MF_PRELOAD_EXPLORE_SURROUNDINGS_H
#define MF_PRELOAD_EXPLORE_SURROUNDINGS_H

#include "core/channel/explore.h"

/**
 * Look at the calling process. The descriptors that are open are listed in
 * mf_exploration.descriptors.
 *
 * @return
 *         What stands against a child; MF_POINT_HELD = nothing.
 */
enum mf_point_state mf_surroundings_judge(void);

/** Memory is to be wiped in a child of a fork, or left out: no child is cloned from now on.
 * Signal-safe. */
void mf_surroundings_note_unforked(void);

#endif
