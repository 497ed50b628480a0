// SPDX-License-Identifier: MIT
/** The table of the page allocator's blocks; see core/channel/block.h. Safe on any
 * thread. */
#ifndef MF_PRELOAD_PAGES_BLOCKS_H
#define MF_PRELOAD_PAGES_BLOCKS_H

#include "core/channel/block.h"
#include "preload/pages/pages.h"

#include <stdbool.h>

/** The entry of the block that begins in a page of the arena. */
static inline struct mf_block *mf_block_at(uint32_t page) {
    return &((struct mf_block *)mf_pages.heap.table)[page / 2];
}

/** Whether an address lies in the part of the arena that has been used. */
bool mf_blocks_hold(const void *pointer);

/** The page of the arena that an address of it lies in. */
uint32_t mf_blocks_page(const void *pointer);

/** The block, live or freed, that begins at an address; NULL where none does. */
struct mf_block *mf_blocks_find(const void *pointer);

/** The block, live or freed, in whose span an address lies; NULL if there is none. */
struct mf_block *mf_blocks_around(const void *pointer);

/** Note who calls the library, and from where. */
void mf_blocks_note(struct mf_block_stack *stack);

#endif
