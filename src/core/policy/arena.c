// SPDX-License-Identifier: MIT
#include "core/policy/arena.h"

#include <stdint.h>

/** What stands in front of each block. */
struct block {
    /** Where the arena's used part ended before this block. */
    size_t before;
    /** The size asked for. */
    size_t size;
};

_Static_assert(sizeof(struct block) <= MF_ARENA_ALIGN,
               "a block's header keeps alignment");

static struct block *header(const void *block) {
    return (struct block *)((uintptr_t)block - MF_ARENA_ALIGN);
}

static uintptr_t end_of(const void *block) {
    return (uintptr_t)block + header(block)->size;
}

void *mf_arena_take(struct mf_arena *arena, size_t align, size_t size) {
    if (align < MF_ARENA_ALIGN) {
        align = MF_ARENA_ALIGN;
    }
    if (size == 0) {
        size = 1;
    }
    if (align > arena->size || size > arena->size) {
        return NULL;
    }
    uintptr_t base = (uintptr_t)arena->memory;
    uintptr_t start = (base + arena->used + MF_ARENA_ALIGN + align - 1) & ~(align - 1);
    if (start - base > arena->size || arena->size - (start - base) < size) {
        return NULL;
    }
    struct block *block = header((void *)start);
    block->before = arena->used;
    block->size = size;
    arena->used = start - base + size;
    if (arena->peak < arena->used) {
        arena->peak = arena->used;
    }
    return (void *)start;
}

void mf_arena_give(struct mf_arena *arena, void *block) {
    if (block && end_of(block) == (uintptr_t)arena->memory + arena->used) {
        arena->used = header(block)->before;
    }
}

size_t mf_arena_size(const struct mf_arena *arena, const void *block) {
    return mf_arena_owns(arena, block) ? header(block)->size : 0;
}

bool mf_arena_owns(const struct mf_arena *arena, const void *pointer) {
    return (uintptr_t)pointer - (uintptr_t)arena->memory < arena->size;
}
