// SPDX-License-Identifier: MIT
/** An allocator as programs bring their own: a list of idle blocks, the first that fits. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);

struct block {
    size_t size;
    struct block *next;
};

static _Alignas(16) unsigned char heap[1 << 20];
static size_t used;
static struct block *idle;
/** Threads wait for each other: a list that two change at once may have no end. */
static char taken;

static void lock(void) {
    while (__atomic_test_and_set(&taken, __ATOMIC_ACQUIRE)) {
    }
}

static void unlock(void) {
    __atomic_clear(&taken, __ATOMIC_RELEASE);
}

static void *take(size_t size) {
    for (struct block **at = &idle; *at; at = &(*at)->next) {
        if ((*at)->size >= size) {
            struct block *found = *at;
            *at = found->next;
            return found + 1;
        }
    }
    if (sizeof(heap) - used < size + sizeof(struct block)) {
        errno = ENOMEM;
        return NULL;
    }
    struct block *made = (struct block *)(heap + used);
    used += sizeof(*made) + size;
    made->size = size;
    return made + 1;
}

void *malloc(size_t size) {
    lock();
    void *block = take((size + 15) & ~(size_t)15);
    unlock();
    return block;
}

void free(void *block) {
    if (block) {
        struct block *back = (struct block *)block - 1;
        lock();
        back->next = idle;
        idle = back;
        unlock();
    }
}

void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size);
    return block ? memset(block, 0, count * size) : NULL;
}

void *realloc(void *block, size_t size) {
    void *moved = malloc(size);
    if (moved && block) {
        size_t old = ((struct block *)block)[-1].size;
        memcpy(moved, block, old < size ? old : size);
        free(block);
    }
    return moved;
}
