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
    /** What the library gets; count 0 = malloc itself cannot be patched, or all of it was
     * not asked for. */
    struct mf_patches plan;
    /** malloc comes first. */
    struct patches_fault faults[MF_ENTRY_COUNT];
    unsigned fault_count;
};

/**
 * Work out the patches of a program that exports a malloc of its own.
 *
 * @return
 *         0 on success, -1 with errno where the file cannot be read.
 */
int patches_find(struct patches *patches, const char *path);

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
