// SPDX-License-Identifier: MIT
/**
 * The bootstrap arena: static memory for what is allocated before the next allocator is
 * known, and for reading the policy. Nothing else in the library allocates.
 *
 * Its blocks stay valid for ever: freeing one does nothing, realloc() copies it out. Both
 * recognise them by address.
 */
#ifndef MF_PRELOAD_BASE_BOOTSTRAP_H
#define MF_PRELOAD_BASE_BOOTSTRAP_H

#include "core/policy/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The arena: not to be used by two threads at once; the library starts on one. */
extern struct mf_arena mf_bootstrap;

void *mf_bootstrap_malloc(size_t size);
void *mf_bootstrap_calloc(size_t count, size_t size);
void *mf_bootstrap_realloc(void *block, size_t size);
/** Nothing: neither a block of the arena nor, before the start, any other can be
 * freed. */
void mf_bootstrap_free(void *block);
int mf_bootstrap_posix_memalign(void **block, size_t alignment, size_t size);
void *mf_bootstrap_aligned_alloc(size_t alignment, size_t size);
size_t mf_bootstrap_size(void *block);

#endif
