// SPDX-License-Identifier: MIT
// An allocator for tests: takes the next bytes of a large array and never gives any back.
// Unlike the C library's it can be used in a signal handler.
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM (UINT64_C(1) << 30)
/** Before each block: its size. */
#define NOTE 16

static _Alignas(64) unsigned char memory[ROOM];
static uint64_t used;

static void *take(size_t alignment, size_t size) {
    uint64_t room = size + NOTE + alignment + 15;
    if (size > ROOM / 2) {
        errno = ENOMEM;
        return NULL;
    }
    uint64_t at = __atomic_load_n(&used, __ATOMIC_RELAXED);
    while (at + room > ROOM ||
           !__atomic_compare_exchange_n(&used, &at, at + (room & ~UINT64_C(15)), 0,
                                        __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
        if (at + room > ROOM) {
            errno = ENOMEM;
            return NULL;
        }
    }
    uintptr_t block = (uintptr_t)memory + at + NOTE;
    block = (block + alignment - 1) & ~(uintptr_t)(alignment - 1);
    memcpy((void *)(block - NOTE), &size, sizeof(size));
    return (void *)block;
}

size_t malloc_usable_size(void *block) {
    size_t size = 0;
    if (block) {
        memcpy(&size, (char *)block - NOTE, sizeof(size));
    }
    return size;
}

void *malloc(size_t size) {
    return take(16, size);
}

void free(void *block) {
    (void)block;
}

void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return take(16, bytes);
}

void *realloc(void *block, size_t size) {
    void *moved = take(16, size);
    size_t old = malloc_usable_size(block);
    if (moved && block) {
        memcpy(moved, block, old < size ? old : size);
    }
    return moved;
}

void *memalign(size_t alignment, size_t size) {
    return take(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return take(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    void *taken = take(alignment, size);
    *block = taken ? taken : *block;
    return taken ? 0 : ENOMEM;
}
