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

/** A dlopen() that has a look at what it has loaded; see entry/loading.c. */
typedef void *mf_linkage_load(const char *file, int flags);

/** For modules that are looked for in the usual places, and for those that name others. */
extern mf_linkage_load *const mf_linkage_loads[2];

/** The next dlopen(); NULL where nothing was asked for. */
extern mf_linkage_load *mf_linkage_next_load;

/** Ask for functions, before mf_linkage_reach(). */
void mf_linkage_want(mf_functions functions);

/** Replace what is asked for in all modules that are there by now and relocated. Called
 * inside the library. */
void mf_linkage_reach(void);

/** The function that the calls of a symbol went to before, and which one it is. */
void *mf_linkage_original(unsigned symbol, enum mf_function *function);

#endif
