// SPDX-License-Identifier: MIT
#include "preload/pages/quarantine.h"

#include "preload/pages/blocks.h"

/** How many are let go at once, at most. */
#define AT_ONCE 64

/** Let a block go: its span can be taken again. */
static void release(uint32_t page) {
    struct mf_block *block = mf_block_at(page);
    uint32_t span = block->span;
    uint32_t pages = block->span_pages;
    if (span != page) {
        // The span's next block will begin elsewhere and have another entry.
        atomic_store_explicit(&block->state, MF_BLOCK_NONE, memory_order_release);
    }
    atomic_fetch_sub(&mf_pages.quarantine.pages, pages);
    mf_spans_give(span, pages);
}

/** Let the oldest one go, as far as can be told; false when all were looked at. */
static bool release_oldest(struct mf_quarantine *quarantine) {
    uint64_t come = atomic_load(&quarantine->come);
    uint64_t seen = atomic_load(&quarantine->seen);
    uint64_t oldest = come > MF_QUARANTINE_MAX ? come - MF_QUARANTINE_MAX : 0;
    uint64_t next = seen > oldest ? seen : oldest;
    if (next == come) {
        return false;
    }
    if (atomic_compare_exchange_strong(&quarantine->seen, &seen, next + 1)) {
        uint32_t page = atomic_exchange(&quarantine->places[next % MF_QUARANTINE_MAX], 0);
        if (page) {
            release(page);
        }
    }
    return true;
}

void mf_quarantine_relax(uint32_t count) {
    while (count > 0 && release_oldest(&mf_pages.quarantine)) {
        count--;
    }
}

void mf_quarantine_add(uint32_t page) {
    struct mf_quarantine *quarantine = &mf_pages.quarantine;
    atomic_fetch_add(&quarantine->pages, mf_block_at(page)->span_pages);
    uint64_t at = atomic_fetch_add(&quarantine->come, 1) % MF_QUARANTINE_MAX;
    uint32_t before = atomic_exchange(&quarantine->places[at], page);
    if (before) {
        release(before);
    }
    for (int i = 0; i < AT_ONCE; i++) {
        if (atomic_load(&quarantine->pages) <= MF_QUARANTINE_PAGES ||
            !release_oldest(quarantine)) {
            break;
        }
    }
}
