// SPDX-License-Identifier: MIT
/**
 * The program's loader, and what it has loaded. It calls a function that does nothing whenever
 * that changes, so that debuggers can stop there: after a library has been mapped, and before
 * it is relocated and its constructors run. A jump leads it to us.
 */
#ifndef MF_PRELOAD_PATCH_LOADER_H
#define MF_PRELOAD_PATCH_LOADER_H

#include <link.h>
#include <stdbool.h>

/** What is loaded, from the program on; NULL = that is not known. It is not changed while
 * the loader calls. */
const struct link_map *mf_loader_list(void);

/** Have the loader call when what is loaded has changed; whether it will. Called once, while
 * one thread runs. */
bool mf_loader_listen(void (*changed)(void));

#endif
