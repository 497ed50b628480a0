// SPDX-License-Identifier: MIT
/**
 * Reaching functions that give out other things than memory (core/policy/resource.h): the
 * addresses in the modules' linkage tables are replaced by ways in to ours.
 *
 * Only what is asked for is replaced, so a run that asks for nothing stays as it is, and so
 * do the names that programs find. What libc calls inside itself has no entry in a table.
 */
#ifndef MF_PRELOAD_PATCH_LINKAGE_H
#define MF_PRELOAD_PATCH_LINKAGE_H

#include "core/policy/resource.h"
#include "preload/patch/patch.h"

#include <stdbool.h>

/** Ask for functions, before mf_linkage_reach(). */
void mf_linkage_want(mf_functions functions);

/** Whether some were asked for. */
bool mf_linkage_wanted(void);

/** Replace what is asked for in all modules that are there by now and relocated. Called
 * inside the library. */
void mf_linkage_reach(void);

/**
 * Have the tables of libraries that find the C library's functions before ours lead to ours,
 * as those of others do. Called inside the library.
 *
 * @handle
 *         Of such libraries, loaded with RTLD_DEEPBIND.
 * @return
 *         0, MF_APART_BOUND, or MF_APART_PAST where they have another allocator.
 */
uint64_t mf_linkage_bind(void *handle);

/** Whether the module that an address lies in says where libraries are that it loads. */
bool mf_linkage_has_path(const void *code);

/** A function of a sanitizer's as it was; NULL = it is not reached. */
void *mf_linkage_copier(enum mf_copier which);

/** The function that the calls of a symbol went to before, and which one it is. */
void *mf_linkage_original(unsigned symbol, enum mf_function *function);

#endif
