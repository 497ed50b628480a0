// SPDX-License-Identifier: MIT
/** The patches of a program that is not the one which the runner was started for: of a suite,
 * or executed by another one. The runner's own program works them out, asked by the first
 * process that runs it; others find them in the channel. */
#ifndef MF_PRELOAD_PATCH_PROGRAM_H
#define MF_PRELOAD_PATCH_PROGRAM_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** Whether patches are of the calling process's program. */
bool mf_program_has(const struct mf_patches *patches);

/**
 * Find those of the calling process's program.
 *
 * @runner
 *         The runner's process.
 * @return
 *         NULL where there are none.
 */
struct mf_patches *mf_program_find(int32_t runner);

#endif
