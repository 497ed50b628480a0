// SPDX-License-Identifier: MIT
#include "preload/pages/spans.h"

#include "preload/pages/blocks.h"
#include "preload/pages/guard_page.h"

#define EXACT_MAX 64
/** So many pages of small spans are made ready at once, where that is cheaper. */
#define BATCH 128
/** No larger ones are. */
#define BATCHED_MAX 16

/** How many bits a number of pages loses when it is rounded. */
static unsigned loss(uint64_t pages) {
    return (unsigned)(63 - __builtin_clzll(pages - 1)) - 4;
}

uint64_t mf_spans_round(uint64_t pages) {
    if (pages <= EXACT_MAX) {
        return pages;
    }
    unsigned bits = loss(pages);
    return (((pages - 1) >> bits) + 1) << bits;
}

/** Which list a rounded size is in. */
static _Atomic uint64_t *list_of(uint64_t pages) {
    if (pages <= EXACT_MAX) {
        return &mf_pages.spans.idle[pages];
    }
    unsigned bits = loss(pages);
    return &mf_pages.spans.idle[EXACT_MAX + (bits - 2) * 16 + (pages >> bits) - 16];
}

/** A list's head: its first span, and one change more than before. */
static uint64_t changed(uint64_t head, uint32_t first) {
    return ((head >> 32) + 1) << 32 | first;
}

static uint32_t take_idle(uint64_t pages) {
    _Atomic uint64_t *list = list_of(pages);
    uint64_t head = atomic_load(list);
    uint32_t next;
    do {
        if ((uint32_t)head == 0) {
            return 0;
        }
        // Another thread may take it meanwhile; then the head has changed.
        next = atomic_load(&mf_block_at((uint32_t)head)->next);
    } while (!atomic_compare_exchange_weak(list, &head, changed(head, next)));
    return (uint32_t)head;
}

static uint32_t take_new(uint64_t pages) {
    struct mf_heap *heap = &mf_pages.heap;
    uint64_t used = atomic_load(&heap->used);
    do {
        if (pages > heap->pages - used) {
            return 0;
        }
    } while (!atomic_compare_exchange_weak(&heap->used, &used, used + pages));
    return (uint32_t)used;
}

void mf_spans_give(uint32_t span, uint64_t pages) {
    _Atomic uint64_t *list = list_of(pages);
    uint64_t head = atomic_load(list);
    do {
        atomic_store(&mf_block_at(span)->next, (uint32_t)head);
    } while (!atomic_compare_exchange_weak(list, &head, changed(head, span)));
}

/** Take several spans, of which all but one are idle for now. */
static uint32_t take_batch(uint64_t pages) {
    uint64_t count = BATCH / pages;
    uint32_t first = take_new(count * pages);
    bool prepared = first && mf_guard_page_prepare(first, count * pages);
    for (uint64_t i = count; first && i > 0; i--) {
        uint32_t span = first + (uint32_t)((i - 1) * pages);
        mf_block_at(span)->prepared = prepared;
        if (i > 1) {
            mf_spans_give(span, pages);
        }
    }
    return first;
}

uint32_t mf_spans_take(uint64_t pages) {
    uint32_t span = take_idle(pages);
    if (!span && mf_pages.light && pages <= BATCHED_MAX) {
        span = take_batch(pages);
    }
    return span ? span : take_new(pages);
}
