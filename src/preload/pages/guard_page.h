// SPDX-License-Identifier: MIT
/**
 * Guard pages: those of the page allocator's arena are opened for a block, and closed.
 *
 * Lightweight guard pages (Linux 6.13) are marks on pages of one large mapping. Without
 * them each block is a mapping of its own, with a closed one in front of it: two of the
 * vm.max_map_count that a process may have.
 */
#ifndef MF_PRELOAD_PAGES_GUARD_PAGE_H
#define MF_PRELOAD_PAGES_GUARD_PAGE_H

#include "core/channel/block.h"

#include <stdbool.h>

/** See which kind the kernel has; the arena is closed still. */
void mf_guard_page_start(void);

/** Make lightweight guard pages of pages that were never used; false where they stay
 * closed in the other way. */
bool mf_guard_page_prepare(uint32_t page, uint64_t pages);

/**
 * Open a block's pages; the rest of its span stays closed.
 *
 * @block
 *         An entry that says where the block and its span are; nobody else has the span.
 * @return
 *         Whether they are open: not where the kernel has no map or memory left.
 */
bool mf_guard_page_open(const struct mf_block *block, uint32_t page);

/** Close a block's pages; what they held is gone. */
void mf_guard_page_close(const struct mf_block *block, uint32_t page);

#endif
