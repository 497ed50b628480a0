// SPDX-License-Identifier: MIT
#include "preload/base/bootstrap.h"

#include "core/policy/policy.h"

#include <errno.h>
#include <string.h>

/** For the policy's text, its JSON values, and what start-up code may ask for
 * meanwhile. */
#define ARENA_SIZE (MF_POLICY_ARENA_SIZE + 2 * MF_POLICY_TEXT_MAX)

static _Alignas(MF_ARENA_ALIGN) unsigned char memory[ARENA_SIZE];

struct mf_arena mf_bootstrap = {.memory = memory, .size = ARENA_SIZE};

static void *or_enomem(void *block) {
    if (!block) {
        errno = ENOMEM;
    }
    return block;
}

void *mf_bootstrap_malloc(size_t size) {
    return or_enomem(mf_arena_take(&mf_bootstrap, MF_ARENA_ALIGN, size));
}

void *mf_bootstrap_calloc(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return or_enomem(NULL);
    }
    void *block = mf_bootstrap_malloc(bytes);
    if (block) {
        memset(block, 0, bytes);
    }
    return block;
}

void *mf_bootstrap_realloc(void *block, size_t size) {
    void *moved = mf_bootstrap_malloc(size);
    size_t old = mf_arena_size(&mf_bootstrap, block);
    if (moved && block) {
        memcpy(moved, block, old < size ? old : size);
    }
    return moved;
}

void mf_bootstrap_free(void *block) {
    (void)block;
}

void *mf_bootstrap_aligned_alloc(size_t alignment, size_t size) {
    return or_enomem(mf_arena_take(&mf_bootstrap, alignment, size));
}

int mf_bootstrap_posix_memalign(void **block, size_t alignment, size_t size) {
    void *taken = mf_arena_take(&mf_bootstrap, alignment, size);
    if (!taken) {
        return ENOMEM;
    }
    *block = taken;
    return 0;
}

size_t mf_bootstrap_size(void *block) {
    return mf_arena_size(&mf_bootstrap, block);
}
