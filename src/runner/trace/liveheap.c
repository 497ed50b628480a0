// SPDX-License-Identifier: MIT
// A hash table with open addressing, kept under half full. Taking a block out moves those
// behind it up, so that no marks of what was there add up over a long trace.
#include "runner/trace/liveheap.h"

#include "runner/util/hash_seed.h"

#include <stdlib.h>

/** At first; a power of two. Fuzzers have less, so that a short file fills it. */
#ifndef ROOM_FIRST
#define ROOM_FIRST 4096
#endif

_Static_assert(sizeof(struct live_block) == 16, "four to a cache line");

int liveheap_init(struct liveheap *heap) {
    *heap = (struct liveheap){.room = ROOM_FIRST, .hash_seed = hash_seed()};
    heap->blocks = calloc(heap->room, sizeof(heap->blocks[0]));
    return heap->blocks ? 0 : -1;
}

void liveheap_destroy(struct liveheap *heap) {
    free(heap->blocks);
    *heap = (struct liveheap){0};
}

/** The place of a block, or the free one where it would be. */
static struct live_block *find(const struct liveheap *heap, uint64_t address) {
    size_t at = liveheap_place(heap, address);
    while (heap->blocks[at].address && heap->blocks[at].address != address) {
        at = (at + 1) & (heap->room - 1);
    }
    return &heap->blocks[at];
}

static int grow(struct liveheap *heap) {
    struct liveheap larger = {
        .count = heap->count, .room = 2 * heap->room, .hash_seed = heap->hash_seed};
    larger.blocks = calloc(larger.room, sizeof(larger.blocks[0]));
    if (!larger.blocks) {
        return -1;
    }
    for (size_t i = 0; i < heap->room; i++) {
        if (heap->blocks[i].address) {
            *find(&larger, heap->blocks[i].address) = heap->blocks[i];
        }
    }
    free(heap->blocks);
    *heap = larger;
    return 0;
}

int liveheap_add(struct liveheap *heap, struct live_block block, struct live_block *old) {
    if (heap->count >= heap->room / 2 && grow(heap) != 0) {
        return -1;
    }
    struct live_block *place = find(heap, block.address);
    *old = *place;
    heap->count += place->address == 0;
    *place = block;
    return 0;
}

/** Fill a gap with those behind that may be there. */
static void close_gap(struct liveheap *heap, size_t gap) {
    size_t mask = heap->room - 1;
    for (size_t at = (gap + 1) & mask; heap->blocks[at].address; at = (at + 1) & mask) {
        size_t wanted = liveheap_place(heap, heap->blocks[at].address);
        if (((at - wanted) & mask) >= ((at - gap) & mask)) {
            heap->blocks[gap] = heap->blocks[at];
            gap = at;
        }
    }
    heap->blocks[gap].address = 0;
}

bool liveheap_remove(struct liveheap *heap, uint64_t address, struct live_block *block) {
    struct live_block *place = find(heap, address);
    if (!place->address) {
        return false;
    }
    *block = *place;
    heap->count--;
    close_gap(heap, (size_t)(place - heap->blocks));
    return true;
}
