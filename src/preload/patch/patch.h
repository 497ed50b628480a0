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

/** Our functions: what the jumps lead to. Those of entry/interpose.c, then those of
 * entry/operator_new.c, from MF_ENTRY_NEW on. */
extern void *const mf_patch_interposed[MF_ENTRY_NEW];
extern void *const mf_patch_news[MF_ENTRY_THROW_BAD_ALLOC - MF_ENTRY_NEW];

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

/** The part of our malloc that asks. */
extern void *const mf_patch_malloc_asked;

/** Where the jumps of functions by name lead, with their numbers. */
extern void *const mf_patch_named_way;

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

/** What is said of a function by name, and which one it is. */
unsigned mf_patch_named(enum mf_entry entry, const struct mf_named **named);

#endif
