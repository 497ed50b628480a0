// SPDX-License-Identifier: MIT
/** A function that is looked for by its name, as people write it or as linkers do, or by its
 * address. */
#ifndef MF_RUNNER_PATCH_WANTEDNAME_H
#define MF_RUNNER_PATCH_WANTEDNAME_H

#include "core/policy/named.h"

#include <stdbool.h>

struct wantedname {
    const char *text;
    /** What a linker's name of it has in it. */
    char part[MF_NAMED_TEXT_MAX];
};

/** Begin with a text, which outlives it. */
void wantedname_begin(struct wantedname *name, const char *text);

/** Whether a linker's name, decoded, is the one that is wanted, with arguments or without. */
bool wantedname_is_decoded(const struct wantedname *name, const char *linkage);

/** The address that it is, "0x401800"; 0 = it is a name. */
uint64_t wantedname_address(const struct wantedname *name);

#endif
