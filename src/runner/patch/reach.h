// SPDX-License-Identifier: MIT
/** What patches reach of a program, and what not. */
#ifndef MF_RUNNER_PATCH_REACH_H
#define MF_RUNNER_PATCH_REACH_H

#include "runner/patch/patches.h"

/** Whether there are functions by name that no file has so far. */
bool patches_lack_named(const struct patches *patches);

/**
 * Which function stands in the way of another allocator in the program's place: it takes
 * blocks, and does not come to us.
 *
 * @return
 *         NULL if there is none. Static.
 */
const char *patches_irreplaceable(const struct patches *patches);

/** Whether malloc is reached. */
bool patches_reach_malloc(const struct patches *patches);

/**
 * Why blocks cannot be followed until they are freed.
 *
 * @sizes
 *         Whether their sizes are to be known, too.
 * @return
 *         NULL where they can. Static.
 */
const char *patches_blind(const struct patches *patches, bool sizes);

#endif
