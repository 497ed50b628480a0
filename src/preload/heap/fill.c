// SPDX-License-Identifier: MIT
#include "preload/heap/fill.h"

#include "preload/base/bootstrap.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/heap/liveheap.h"
#include "preload/pages/pages.h"

#include <string.h>

/** So much of a block is filled: a larger one is most likely read from its beginning. */
#define FILL_MAX 4096
/** An allocator keeps its own notes in the first bytes of a freed block. */
#define NOTES 16
/** Nearer to the stack pointer than this is no heap, but a mistaken free. */
#define STACK_NEAR UINT64_C(0x1000000)

static bool on_stack(const void *block) {
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return (uintptr_t)block - here + STACK_NEAR < 2 * STACK_NEAR;
}

/** Whether a block has been filled before: then the allocator is to see the second
 * free. */
static bool filled(const unsigned char *block, size_t size) {
    size_t end = size < NOTES + 32 ? size : NOTES + 32;
    for (size_t i = NOTES; i < end; i++) {
        if (block[i] != MF_FREED_BYTE) {
            return false;
        }
    }
    return true;
}

/** free() from then on. */
MF_REALIGNED static void fill_free(void *block) {
    bool ours = !block || mf_arena_owns(&mf_bootstrap, block);
    if (!ours && (uintptr_t)block % MF_ARENA_ALIGN == 0 && !on_stack(block)) {
        size_t size = mf_hot.next.malloc_usable_size(block);
        if (!filled(block, size)) {
            memset(block, MF_FREED_BYTE, size < FILL_MAX ? size : FILL_MAX);
        }
    }
    mf_liveheap_free(block);
}

void mf_fill_begin(void) {
    // The page allocator does better: it closes what is freed.
    if ((mf.head->options & MF_OPTION_FILL) && !mf_pages.on) {
        mf_hot.free = fill_free;
    }
}
