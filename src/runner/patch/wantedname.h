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

/** What a compiler has made of a function, as its name tells. */
enum wantedname_making {
    /** The function itself, perhaps with another name: "pool_get.lto_priv.0". */
    WANTEDNAME_SAME,
    /** One for some of its calls, which can have other arguments: "pool_get.isra.0". */
    WANTEDNAME_CLONE,
    /** A part of it that nobody calls, or something else: "pool_get.cold". */
    WANTEDNAME_OTHER
};

/** Begin with a text, which outlives it. */
void wantedname_begin(struct wantedname *name, const char *text);

/** Whether a linker's name, decoded, is the one that is wanted, with arguments or without. */
bool wantedname_is_decoded(const struct wantedname *name, const char *linkage);

/** The same for a name in a symbol table.
 *
 * @decode
 *         Whether the linker's name is to be decoded.
 * @making
 *         Set to what the function of that name is.
 */
bool wantedname_is(const struct wantedname *name, const char *linkage, bool decode,
                   enum wantedname_making *making);

/** The address that it is, "0x401800"; 0 = it is a name. */
uint64_t wantedname_address(const struct wantedname *name);

#endif
