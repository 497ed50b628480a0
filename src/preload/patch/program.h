// SPDX-License-Identifier: MIT
/** The patches of what is not the program which the runner was started for: of a program of a
 * suite, or executed by another one, or of a library that is loaded later. The runner's own
 * program works them out, asked by the first process that comes to it; others find them in the
 * channel. */
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

/** Find those of a library that the runner knows already, by its path; NULL = it has none. */
const struct mf_patches *mf_program_known_module(const char *path);

/**
 * Find those of a library that is loaded while the program runs.
 *
 * @file
 *         A descriptor of it.
 * @wanted
 *         The program's, with the functions by name that are looked for.
 * @return
 *         NULL where there are none.
 */
const struct mf_patches *mf_program_find_module(int32_t runner, int file,
                                                const struct mf_patches *wanted);

#endif
