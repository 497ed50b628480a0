// SPDX-License-Identifier: MIT
#include "preload/pages/guard_page.h"

#include "preload/base/sys.h"
#include "preload/pages/blocks.h"

static void *at(uint64_t page) {
    return (char *)mf_pages.heap.start + page * MF_BLOCK_PAGE;
}

/** Make guard pages of some pages; true if there are none. */
static bool guard(uint64_t page, uint64_t end) {
    return page == end || mf_sys_guard(at(page), (end - page) * MF_BLOCK_PAGE);
}

void mf_guard_page_start(void) {
    // The arena's first page is never used for anything else.
    mf_pages.light = mf_sys_unlock(at(0), MF_BLOCK_PAGE) && guard(0, 1);
    if (!mf_pages.light) {
        mf_sys_lock(at(0), MF_BLOCK_PAGE);
    }
}

bool mf_guard_page_prepare(uint32_t page, uint64_t pages) {
    return mf_pages.light && mf_sys_unlock(at(page), pages * MF_BLOCK_PAGE) &&
           guard(page, page + pages);
}

/** Make guard pages of what is not the block's, in a span that was never used. */
static bool prepare(const struct mf_block *block, uint32_t page) {
    uint64_t end = (uint64_t)block->span + block->span_pages;
    return mf_sys_unlock(at(block->span), block->span_pages * MF_BLOCK_PAGE) &&
           guard(block->span, page) && guard(page + block->pages, end);
}

bool mf_guard_page_open(const struct mf_block *block, uint32_t page) {
    struct mf_block *span = mf_block_at(block->span);
    size_t size = block->pages * MF_BLOCK_PAGE;
    if (!mf_pages.light) {
        return !size || mf_sys_unlock(at(page), size);
    }
    if (span->prepared) {
        return !size || mf_sys_unguard(at(page), size);
    }
    span->prepared = prepare(block, page);
    return span->prepared;
}

void mf_guard_page_close(const struct mf_block *block, uint32_t page) {
    size_t size = block->pages * MF_BLOCK_PAGE;
    if (size && !(mf_pages.light && mf_sys_guard(at(page), size))) {
        mf_sys_lock(at(page), size);
    }
}
