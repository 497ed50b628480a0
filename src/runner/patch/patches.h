// SPDX-License-Identifier: MIT
/** How the functions of an allocator inside a program are patched, by the program's file. */
#ifndef MF_RUNNER_PATCH_PATCHES_H
#define MF_RUNNER_PATCH_PATCHES_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** A function that cannot be patched, and why. Static. */
struct patches_fault {
    const char *function, *reason;
};

struct patches {
    /** What the library gets. */
    struct mf_patches plan;
    /** malloc comes first. */
    struct patches_fault faults[MF_ENTRY_COUNT];
    unsigned fault_count;
};

/**
 * Work out the patches of a program.
 *
 * @patches
 *         All zeroes, but for the functions by name that are wanted, in its plan.
 * @allocator
 *         Whether it has an allocator inside, and exports its malloc.
 * @return
 *         0 on success, -1 with errno where the file cannot be read.
 */
int patches_find(struct patches *patches, const char *path, bool allocator);

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
