// SPDX-License-Identifier: MIT
/** Programs of a suite that the library cannot be loaded into: whoever executes one writes it
 * down. */
#ifndef MF_PRELOAD_EXPLORE_OUTSIDE_H
#define MF_PRELOAD_EXPLORE_OUTSIDE_H

#include <stdbool.h>

/**
 * A file is about to be executed. Safe in a child of vfork(): nothing is written but to the
 * stack and to shared memory, and errno stays.
 *
 * @along_path
 *         Whether a name without a slash is looked for along PATH.
 * @return
 *         Whether its loader would fail or complain if the library is preloaded.
 */
bool mf_outside_note(const char *file, bool along_path);

#endif
