// SPDX-License-Identifier: MIT
/** Which functions a file defines, by its symbol tables: quickly, and without a word of what
 * could be wrong with it. */
#ifndef MF_PRELOAD_PATCH_DEFINES_H
#define MF_PRELOAD_PATCH_DEFINES_H

#include "core/policy/named.h"

#include <stdbool.h>

/** What is looked for. */
struct mf_defines {
    /** Parts of functions' names: of one in C++ or Rust, its last word. */
    char parts[MF_NAMED_MAX][MF_NAMED_TEXT_MAX];
    unsigned count;
};

/** Add a function by name. */
void mf_defines_add(struct mf_defines *defines, const char *name);

/** Whether a file, by its descriptor, seems to define one of them, or a malloc. */
bool mf_defines_any(const struct mf_defines *defines, int file);

#endif
