// SPDX-License-Identifier: MIT
/** How the functions of an allocator inside a program are patched, by the program's file. */
#ifndef MF_RUNNER_PATCH_PATCHES_H
#define MF_RUNNER_PATCH_PATCHES_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** What cannot be patched. */
struct patches_fault {
    /** The function's name, and why; NULL = none. Static. */
    const char *function, *reason;
};

/**
 * Work out the patches of a program that exports a malloc of its own.
 *
 * @patches
 *         Has none where malloc itself cannot be patched.
 * @faults
 *         Set to the functions that cannot be, malloc first; room for MF_ENTRY_COUNT.
 * @return
 *         How many those are; -1 with errno where the file cannot be read.
 */
int patches_find(struct mf_patches *patches, const char *path,
                 struct patches_fault faults[MF_ENTRY_COUNT]);

/** Whether an entry is patched. */
bool patches_have(const struct mf_patches *patches, enum mf_entry entry);

#endif
