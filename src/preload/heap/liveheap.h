// SPDX-License-Identifier: MIT
/**
 * The live heap: how many bytes the program's blocks have, where a policy or the runner
 * asks. Where the runner wants an account of the blocks, too, it is kept from here.
 *
 * Lock-free, safe on any thread and in a signal handler. Keeps errno.
 */
#ifndef MF_PRELOAD_HEAP_LIVEHEAP_H
#define MF_PRELOAD_HEAP_LIVEHEAP_H

#include "core/channel/account.h"

/** Bytes in live blocks, as the allocator rounds them. */
int64_t mf_liveheap_bytes(void);

/**
 * A block has come; NULL is fine.
 *
 * @size
 *         Bytes it was asked for.
 * @caller
 *         The return address of the function that gave it.
 */
void mf_liveheap_grew(const void *block, uint64_t size, void *caller);

/** A block is about to go. What the account knew of it. */
struct mf_held mf_liveheap_shrank(void *block);

/** It has not gone. */
void mf_liveheap_stayed(void *block, const struct mf_held *known);

/** It was not to be resized: a realloc() that the caller made of it is refused. */
void mf_liveheap_refused(void *block, void *caller);

/** free() while blocks need a look: the arena's stay, the live heap's are counted. */
void mf_liveheap_free(void *block);

#endif
