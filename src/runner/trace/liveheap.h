// SPDX-License-Identifier: MIT
/**
 * The blocks that live at a point of a trace, by address. Takes memory for the most that
 * ever lived at once, not for all there were.
 */
#ifndef MF_RUNNER_TRACE_LIVEHEAP_H
#define MF_RUNNER_TRACE_LIVEHEAP_H

#include "core/policy/mix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** No block counts as larger: 1 TiB less one byte. */
#define LIVEHEAP_SIZE_MAX ((UINT64_C(1) << 40) - 1)

struct live_block {
    /** 0 = none. */
    uint64_t address;
    uint64_t size : 40;
    uint64_t stack : 24;
};

struct liveheap {
    struct live_block *blocks;
    /** How many live, and room for how many there is: a power of two. */
    size_t count, room;
    /** The program cannot choose the addresses of blocks. */
    uint64_t hash_seed;
};

/** Begin; 0, or -1 when memory ran out. */
int liveheap_init(struct liveheap *heap);

/** Ask the processor for where a block is or will be: it takes a while. */
static inline void liveheap_prefetch(const struct liveheap *heap, uint64_t address);

/**
 * Add a block.
 *
 * @block
 *         Its address is not 0.
 * @old
 *         Set to the block that was at the address before, address 0 = none.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int liveheap_add(struct liveheap *heap, struct live_block block, struct live_block *old);

/** Take a block out; whether it was there. */
bool liveheap_remove(struct liveheap *heap, uint64_t address, struct live_block *block);

/** Release it. */
void liveheap_destroy(struct liveheap *heap);

/** Where a block is looked for first. */
static inline size_t liveheap_place(const struct liveheap *heap, uint64_t address) {
    // Neighbours of 64 bytes share a cache line of the table, for they are likely to be
    // used together; beyond that blocks are spread, for whole regions would pile up.
    unsigned __int128 line = address >> 6 ^ heap->hash_seed;
    line *= MF_MIX_STEP;
    uint64_t place = (uint64_t)(line >> 64) ^ (uint64_t)line;
    return (place << 2 | (address >> 4 & 3)) & (heap->room - 1);
}

static inline void liveheap_prefetch(const struct liveheap *heap, uint64_t address) {
    __builtin_prefetch(&heap->blocks[liveheap_place(heap, address)], 1);
}

#endif
