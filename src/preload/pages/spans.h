// SPDX-License-Identifier: MIT
/**
 * The address space of the page allocator's arena: new spans from its end, idle ones by
 * their size. Lock-free, safe in a signal handler.
 */
#ifndef MF_PRELOAD_PAGES_SPANS_H
#define MF_PRELOAD_PAGES_SPANS_H

#include <stdatomic.h>
#include <stdint.h>

/** Sizes of spans: each number of pages up to 64, then sixteen between powers of two. */
#define MF_SPANS_SIZES 512

struct mf_spans {
    /** Of each size: the page where the last idle span begins, 0 = none, and in the upper
     * half a count of the changes. */
    _Atomic uint64_t idle[MF_SPANS_SIZES];
};

/** The size of span that holds so many pages. */
uint64_t mf_spans_round(uint64_t pages);

/**
 * Take a span.
 *
 * @pages
 *         Its size, rounded; 2 at least.
 * @return
 *         The page it begins at; 0 where the arena is used up.
 */
uint32_t mf_spans_take(uint64_t pages);

/** Give a span back, to be taken again. */
void mf_spans_give(uint32_t span, uint64_t pages);

#endif
