// SPDX-License-Identifier: MIT
#include "preload/entry/follow.h"

#include "preload/explore/hold.h"
#include "preload/heap/liveheap.h"
#include "preload/pages/pages.h"
#include "preload/patch/patch.h"
#include "preload/policy/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

typedef uint64_t any_function(uint64_t first, uint64_t second, uint64_t third);

static bool is_power_of_two(uint64_t number) {
    return number && !(number & (number - 1));
}

bool mf_follow_size(enum mf_entry entry, const uint64_t *arguments, uint64_t *size) {
    *size = arguments[1];
    switch ((int)entry) {
    case MF_CALLOC:
        return !__builtin_mul_overflow(arguments[0], arguments[1], size);
    case MF_REALLOC:
        return !arguments[0] || *size;
    case MF_REALLOCARRAY:
        return !__builtin_mul_overflow(arguments[1], arguments[2], size) &&
               (!arguments[0] || *size);
    case MF_POSIX_MEMALIGN:
        *size = arguments[2];
        return is_power_of_two(arguments[1]) && arguments[1] % sizeof(void *) == 0;
    case MF_ALIGNED_ALLOC:
        return is_power_of_two(arguments[0]);
    case MF_MEMALIGN:
        return true;
    default:
        *size = arguments[0];
        return true;
    }
}

/** Call the next function, which may be a recorder, or the page allocator. */
static uint64_t call_next(enum mf_entry entry, const uint64_t *arguments, uint64_t size) {
    const struct mf_next *next = &mf_hot.next;
    uint64_t page = (uint64_t)getpagesize();
    void *block = (void *)(uintptr_t)arguments[0];
    switch ((int)entry) {
    case MF_CALLOC:
        return (uintptr_t)next->calloc(arguments[0], arguments[1]);
    case MF_REALLOC:
    case MF_REALLOCARRAY:
        return (uintptr_t)next->realloc(block, size);
    case MF_POSIX_MEMALIGN:
        return (uint64_t)next->posix_memalign(block, arguments[1], size);
    case MF_ALIGNED_ALLOC:
        return (uintptr_t)next->aligned_alloc(arguments[0], size);
    case MF_MEMALIGN:
        return (uintptr_t)next->memalign(arguments[0], size);
    case MF_VALLOC:
        return (uintptr_t)next->memalign(page, size);
    case MF_PVALLOC:
        size = size > SIZE_MAX - page ? SIZE_MAX : (size + page - 1) & ~(page - 1);
        return (uintptr_t)next->memalign(page, size ? size : page);
    default:
        return (uintptr_t)next->malloc(size);
    }
}

/** Whether a function is made of another one that the program does not have. */
static bool is_alone(enum mf_entry entry) {
    int other = (int)entry == MF_REALLOCARRAY                         ? MF_REALLOC
                : (int)entry == MF_VALLOC || (int)entry == MF_PVALLOC ? MF_MEMALIGN
                                                                      : 0;
    return other && !mf_pages.on && !mf_patch_original((enum mf_entry)other);
}

static uint64_t call(enum mf_entry entry, const uint64_t *arguments, uint64_t size,
                     bool asks) {
    bool overflows = (int)entry == MF_REALLOCARRAY && !asks && size > 0;
    if (is_alone(entry) || overflows) {
        any_function *original = (any_function *)mf_patch_original(entry);
        return original(arguments[0], arguments[1], arguments[2]);
    }
    return call_next(entry, arguments, size);
}

/** What a refused call returns. */
static uint64_t refused(enum mf_entry entry) {
    if (entry == (enum mf_entry)MF_POSIX_MEMALIGN) {
        return ENOMEM;
    }
    errno = ENOMEM;
    return (uintptr_t)mf_hold_refused();
}

static uint64_t resize(enum mf_entry entry, const uint64_t *arguments, uint64_t size,
                       bool asks, void *caller) {
    void *block = (void *)(uintptr_t)arguments[0];
    enum mf_function function = (enum mf_function)entry;
    uint64_t freed = block ? mf_hot.next.malloc_usable_size(block) : 0;
    if (asks && !mf_gate_passes_fast(function, size) &&
        !mf_gate_passes_slow(function, size, freed, caller)) {
        if (block && mf_hot.heap_counted) {
            mf_liveheap_refused(block, caller);
        }
        return refused(entry);
    }
    if (!mf_hot.heap_counted) {
        return call(entry, arguments, size, asks);
    }
    // Its place may be another block's before realloc() returns.
    struct mf_held known = block ? mf_liveheap_shrank(block) : (struct mf_held){0, 0};
    uint64_t moved = call(entry, arguments, size, asks);
    if (moved) {
        mf_liveheap_grew((void *)(uintptr_t)moved, size, caller);
    } else if (block && size > 0) {
        mf_liveheap_stayed(block, &known);
    }
    return moved;
}

/** A call of a function that gives a block. */
static uint64_t give(enum mf_entry entry, const uint64_t *arguments, uint64_t size,
                     bool asks, void *caller) {
    if (asks && !mf_gate_passes((enum mf_function)entry, size, caller)) {
        return refused(entry);
    }
    uint64_t result = call(entry, arguments, size, asks);
    bool by_place = entry == (enum mf_entry)MF_POSIX_MEMALIGN;
    if (mf_hot.heap_counted && (!by_place || result == 0)) {
        const void *block = by_place ? *(void *const *)(uintptr_t)arguments[0]
                                     : (const void *)(uintptr_t)result;
        mf_liveheap_grew(block, size, caller);
    }
    return result;
}

uint64_t mf_follow_call(enum mf_entry entry, const uint64_t *arguments, void *caller) {
    uint64_t size;
    if (entry == MF_ENTRY_FREE) {
        mf_hot.free((void *)(uintptr_t)arguments[0]);
        return 0;
    }
    if (entry == MF_ENTRY_USABLE_SIZE) {
        return mf_hot.next.malloc_usable_size((void *)(uintptr_t)arguments[0]);
    }
    bool asks = mf_follow_size(entry, arguments, &size);
    bool resizes = (int)entry == MF_REALLOC || (int)entry == MF_REALLOCARRAY;
    return resizes ? resize(entry, arguments, size, asks, caller)
                   : give(entry, arguments, size, asks, caller);
}
