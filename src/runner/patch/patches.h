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
    /** Whether no code can be read here, so that nothing was looked for. */
    bool blind;
    /** Whether there is a malloc, whether or not it can be patched. */
    bool found;
    /** What a compiler has made of a function by name, for all of its calls or some, and that is
     * not patched; "" = nothing. */
    char named_clone[MF_NAMED_MAX][MF_NAMED_TEXT_MAX];
    /** Which functions by name there are, and how many are patched. */
    bool named_found[MF_NAMED_MAX];
    unsigned named_used;
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

/**
 * Work out the patches of a library that a program loads while it runs: functions by name, and
 * a malloc of the library's own.
 *
 * @patches
 *         All zeroes, but for the functions by name that are wanted, and `named_found` of
 *         those that are not.
 * @return
 *         0 on success, -1 with errno where the file cannot be read.
 */
int patches_find_module(struct patches *patches, const char *path);

/** Look for functions by name, as far as they are not found yet, in a library that the
 * program is started with. One that cannot be read has none. */
void patches_find_in(struct patches *patches, const char *library);

#endif
