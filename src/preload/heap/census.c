// SPDX-License-Identifier: MIT
// A block is noted after it was handed out and forgotten before it is given back, so that its
// address is no other block's meanwhile.
#include "preload/heap/census.h"

#include "core/policy/mix.h"
#include "preload/base/next.h"
#include "preload/base/sys.h"
#include "preload/heap/liveheap.h"

/** The places for blocks, and how far one may be from where its address leads. */
#define PLACES (UINT64_C(1) << 20)
#define REACH  64

/** A block. */
struct place {
    /** 0 = none. */
    _Atomic uint64_t address;
    uint64_t size;
    /** Which count it is of. */
    uint64_t count;
};

static struct {
    /** NULL until somebody counts. */
    struct place *places;
    struct mf_next behind;
    /** The present count, and what lives of it. */
    _Atomic uint64_t count;
    _Atomic int64_t blocks, bytes;
} census;

static struct place *place_of(const void *block, unsigned turn) {
    return &census.places[(mf_mix((uintptr_t)block >> 4) + turn) % PLACES];
}

/** A block has come. */
static void *come(void *block, uint64_t size) {
    for (unsigned i = 0; block && i < REACH; i++) {
        struct place *place = place_of(block, i);
        uint64_t none = 0;
        if (atomic_compare_exchange_strong(&place->address, &none, (uintptr_t)block)) {
            place->size = size;
            place->count = atomic_load(&census.count);
            atomic_fetch_add(&census.blocks, 1);
            atomic_fetch_add(&census.bytes, (int64_t)size);
            break;
        }
    }
    return block;
}

/** A block is about to go; its place, for it may stay. */
static struct place go(const void *block) {
    for (unsigned i = 0; block && i < REACH; i++) {
        struct place *place = place_of(block, i);
        if (atomic_load(&place->address) == (uintptr_t)block) {
            struct place known = {(uintptr_t)block, place->size, place->count};
            atomic_store(&place->address, 0);
            if (known.count == atomic_load(&census.count)) {
                atomic_fetch_sub(&census.blocks, 1);
                atomic_fetch_sub(&census.bytes, (int64_t)known.size);
                return known;
            }
            break;
        }
    }
    return (struct place){0, 0, 0};
}

static void *census_malloc(size_t size) {
    return come(census.behind.malloc(size), size);
}

static void *census_calloc(size_t count, size_t size) {
    return come(census.behind.calloc(count, size), count * size);
}

static void *census_realloc(void *block, size_t size) {
    // Its address may be another block's before realloc() returns.
    struct place known = go(block);
    void *moved = census.behind.realloc(block, size);
    if (!moved && size > 0 && known.address) {
        come(block, known.size);
    }
    return come(moved, size);
}

static void census_free(void *block) {
    go(block);
    census.behind.free(block);
}

static int census_posix_memalign(void **block, size_t alignment, size_t size) {
    int error = census.behind.posix_memalign(block, alignment, size);
    if (error == 0) {
        come(*block, size);
    }
    return error;
}

static void *census_aligned_alloc(size_t alignment, size_t size) {
    return come(census.behind.aligned_alloc(alignment, size), size);
}

static void *census_memalign(size_t alignment, size_t size) {
    return come(census.behind.memalign(alignment, size), size);
}

/** Stand in the next allocator's place; other threads may call it at this moment. */
#define TAKE(function)                                                                   \
    __atomic_store_n(&mf_hot.next.function, census_##function, __ATOMIC_RELEASE)

static void take_place(void) {
    bool watched = mf_hot.free != mf_hot.next.free;
    census.behind = mf_hot.next;
    TAKE(malloc);
    TAKE(calloc);
    TAKE(realloc);
    TAKE(posix_memalign);
    TAKE(aligned_alloc);
    TAKE(memalign);
    TAKE(free);
    mf_next_alias();
    if (!watched) {
        __atomic_store_n(&mf_hot.free, census_free, __ATOMIC_RELEASE);
    }
}

bool mf_census_begin(void) {
    static _Atomic bool begun;
    if (!atomic_load(&begun)) {
        struct place *places = mf_sys_reserve_memory(PLACES * sizeof(*places));
        bool first = false;
        if (!places) {
            return false;
        }
        if (atomic_compare_exchange_strong(&begun, &first, true)) {
            census.places = places;
            take_place();
        } else {
            mf_sys_unmap(places, PLACES * sizeof(*places));
        }
    }
    atomic_fetch_add(&census.count, 1);
    atomic_store(&census.blocks, 0);
    atomic_store(&census.bytes, 0);
    return true;
}

/** What other threads free meanwhile may be subtracted first. */
static uint64_t at_least_none(int64_t number) {
    return number > 0 ? (uint64_t)number : 0;
}

uint64_t mf_census_blocks(void) {
    return at_least_none(atomic_load(&census.blocks));
}

uint64_t mf_census_bytes(void) {
    return at_least_none(atomic_load(&census.bytes));
}
