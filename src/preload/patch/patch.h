// SPDX-License-Identifier: MIT
/**
 * Reaching an allocator inside the program, which no library comes before: jumps at its
 * functions' entries lead to ours, and a copy of what they destroy leads on; see
 * core/channel/patch.h. All are jumps: no call, and so no frame, is between the program and
 * its allocator.
 *
 * The pages that are written to are writable or executable, never both.
 */
#ifndef MF_PRELOAD_PATCH_PATCH_H
#define MF_PRELOAD_PATCH_PATCH_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** Our malloc, even where the program has one of the same name. */
extern void *const mf_patch_own_malloc;

/** What copies texts, in the order of the entries, and realpath(), which is not patched. */
enum mf_copier {
    MF_COPIER_STRDUP,
    MF_COPIER_INTERNAL_STRDUP,
    MF_COPIER_STRNDUP,
    MF_COPIER_REALPATH,
    MF_COPIERS,
};

/** Ours: those of entry/strdup.c. */
extern void *const mf_patch_copiers[MF_COPIERS];

/** Where the jumps lead of functions by name, with their numbers. */
extern void *const mf_patch_named_way;

/** The same for the allocator's own functions: their entries are counted from these numbers on.
 * They are only asked for, or blocks are followed, and they are called from here. */
#define MF_PATCH_OWN      (MF_PATCH_NAMED_MAX + MF_RESOURCE_SYMBOLS_MAX)
#define MF_PATCH_FOLLOWED (MF_PATCH_OWN + MF_ENTRY_COUNT)
/** A malloc that has been taken off the counter. */
#define MF_PATCH_COUNTED (MF_PATCH_FOLLOWED + MF_ENTRY_COUNT)
/** Functions of libraries that are loaded later: from this number on. */
#define MF_PATCH_LATER (MF_PATCH_COUNTED + 1)

/** Whether a form of operator new is to be asked for. */
bool mf_patch_new_fails(enum mf_entry entry, const void *caller);

/** What is gone on with where it is to fail, called as the function itself. */
extern void *const mf_patch_news_refused[MF_ENTRY_THROW_BAD_ALLOC - MF_ENTRY_NEW];

/**
 * Find the patches of this program: the runner has them, or is asked. Called once, in front of
 * the rest.
 *
 * @runner
 *         Its process.
 * @inside
 *         Whether the program has a malloc inside: then it is worth asking.
 * @return
 *         Whether there are some.
 */
bool mf_patch_find(int32_t runner, bool inside);

/**
 * Write the patches that the runner has for this program, and have their originals be the
 * next functions. Called once, while the library starts.
 *
 * @replaced
 *         Whether the page allocator is to serve in place of the program's.
 */
void mf_patch_start(bool replaced);

/** A patched function as it was, or one that is only to be called; NULL = there is none. */
void *mf_patch_original(enum mf_entry entry);

/** Which of the functions by name a patched one is. */
unsigned mf_patch_named(enum mf_entry entry);

/** What is said of a function by name, by its number among them. */
const struct mf_named *mf_patch_named_at(unsigned which);

#endif
