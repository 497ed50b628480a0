// SPDX-License-Identifier: MIT
/** Calls of an allocator inside the program, where its blocks are followed until they are freed:
 * they are made from here. */
#ifndef MF_PRELOAD_ENTRY_FOLLOW_H
#define MF_PRELOAD_ENTRY_FOLLOW_H

#include "core/channel/patch.h"

#include <stdbool.h>

/** What a call of a function that gives a block asks for; false where it is not to be asked: it
 * fails by itself, or frees. */
bool mf_follow_size(enum mf_entry entry, const uint64_t *arguments, uint64_t *size);

/**
 * Make a call.
 *
 * @entry
 *         Below MF_ENTRY_NEW.
 * @return
 *         What it returns.
 */
uint64_t mf_follow_call(enum mf_entry entry, const uint64_t *arguments, void *caller);

#endif
