// SPDX-License-Identifier: MIT
/**
 * Libraries that the program loads while it runs: functions by name that are in none of those
 * it is started with, and a malloc that a library keeps to itself. They are patched when the
 * loader has mapped the library, before its constructors run.
 */
#ifndef MF_PRELOAD_PATCH_LATER_H
#define MF_PRELOAD_PATCH_LATER_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** How many such functions there are at most at a time. */
#define MF_LATER_MAX 256

/** A function of a library that is loaded later. */
struct mf_later {
    /** Where it goes on as it was; NULL = the number is free. */
    void *original;
    /** Where its jump is. */
    uintptr_t jump;
    /** enum mf_entry, and which of the functions by name. */
    uint32_t entry, named;
};

/** Begin, while the library starts: of what is loaded by now only those are patched that the
 * runner knows. */
void mf_later_start(int32_t runner);

/** Whether libraries are to be looked at once dlopen() has returned, because the loader does
 * not call. */
bool mf_later_is_asked(void);

/** Look at what is loaded now, and was not before. Called inside the library. */
void mf_later_look(void);

/** Whether a malloc, by its address, is that of such a library, and comes to us. */
bool mf_later_has_malloc(const void *entry);

/** The function of a number, from MF_PATCH_LATER on. */
const struct mf_later *mf_later_at(uint32_t number);

#endif
