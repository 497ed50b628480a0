// SPDX-License-Identifier: MIT
#include "preload/base/substitutes.h"

#include <errno.h>
#include <string.h>

/** Our callers have seen to overflow. */
static void *zeroed(size_t count, size_t size) {
    void *block = mf_hot.next.malloc(count * size);
    if (block) {
        memset(block, 0, count * size);
    }
    return block;
}

/** Our callers have seen to the alignment. */
static int aligned(void **block, size_t alignment, size_t size) {
    int saved = errno;
    void *taken = mf_hot.next.aligned_alloc(alignment, size);
    int error = taken ? 0 : errno;
    if (taken) {
        *block = taken;
    }
    errno = saved;
    return error;
}

void mf_substitutes_take(struct mf_next *next) {
    next->calloc = zeroed;
    next->memalign = next->aligned_alloc;
    next->posix_memalign = aligned;
}
