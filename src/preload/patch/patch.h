// SPDX-License-Identifier: MIT
/**
 * Reaching an allocator inside the program, which no library can precede: jumps at its
 * functions' entries lead to our functions, and copies of the overwritten code continue in
 * the originals; see core/channel/patch.h. These are all jumps, so there is no call and no
 * frame between the program and its allocator.
 *
 * Pages being patched are writable or executable, never both.
 */
#ifndef MF_PRELOAD_PATCH_PATCH_H
#define MF_PRELOAD_PATCH_PATCH_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** Our malloc, even if the program has one of the same name. */
extern void *const mf_patch_own_malloc;

/** The functions that copy strings, in the order of the entries, and realpath(), which is
 * not patched. */
enum mf_copier {
    MF_COPIER_STRDUP,
    MF_COPIER_INTERNAL_STRDUP,
    MF_COPIER_STRNDUP,
    MF_COPIER_REALPATH,
    MF_COPIERS,
};

/** Our versions of them, from entry/strdup.c. */
extern void *const mf_patch_copiers[MF_COPIERS];

/** The target of the jumps of functions by name, which pass their numbers. */
extern void *const mf_patch_named_way;

/** The first numbers for entries of the allocator's own functions: those whose calls only
 * get a decision, and those called from here because their blocks are followed. */
#define MF_PATCH_OWN      (MF_PATCH_NAMED_MAX + MF_RESOURCE_SYMBOLS_MAX)
#define MF_PATCH_FOLLOWED (MF_PATCH_OWN + MF_ENTRY_COUNT)
/** A malloc call that was already subtracted from the counter. */
#define MF_PATCH_COUNTED (MF_PATCH_FOLLOWED + MF_ENTRY_COUNT)
/** The first number for functions of libraries that are loaded later. */
#define MF_PATCH_LATER (MF_PATCH_COUNTED + 1)

/** Whether to decide about a call to a form of operator new. */
bool mf_patch_new_fails(enum mf_entry entry, const void *caller);

/** The functions to continue with if operator new is to fail; called like operator new
 * itself. */
extern void *const mf_patch_news_refused[MF_ENTRY_THROW_BAD_ALLOC - MF_ENTRY_NEW];

/**
 * Find the patches of this program: the runner has them already, or is asked. Called once,
 * before the other functions.
 *
 * @runner
 *         The runner's process.
 * @inside
 *         Whether the program contains a malloc: only then is it worth asking.
 * @return
 *         Whether there are any.
 */
bool mf_patch_find(int32_t runner, bool inside);

/**
 * Write the patches that the runner has for this program, and make their originals the next
 * functions. Called once, while the library starts.
 *
 * @replaced
 *         Whether the page allocator replaces the program's.
 */
void mf_patch_start(bool replaced);

/** The original of a patched function, or a function that is only called; NULL = none. */
void *mf_patch_original(enum mf_entry entry);

/** The number of a patched function among the functions by name. */
unsigned mf_patch_named(enum mf_entry entry);

/** The description of a function by name, by its number among them. */
const struct mf_named *mf_patch_named_at(unsigned which);

#endif
