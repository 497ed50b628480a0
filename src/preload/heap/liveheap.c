// SPDX-License-Identifier: MIT
#include "preload/heap/liveheap.h"

#include "preload/base/bootstrap.h"
#include "preload/base/inside.h"
#include "preload/base/next.h"
#include "preload/heap/account.h"

#include <errno.h>

static _Atomic int64_t live;

int64_t mf_liveheap_bytes(void) {
    return atomic_load_explicit(&live, memory_order_relaxed);
}

/** Keep account of a new block, if it is the program's. */
static void keep_block(const void *block, uint64_t size, void *caller) {
    struct mf_inside_mark mark;
    bool armed = atomic_load_explicit(&mf.stage, memory_order_relaxed) == MF_ARMED;
    if (armed && mf_account_kept() && mf_inside_enter(&mark)) {
        int saved = errno;
        mf_account_add(block, size, caller);
        errno = saved;
        mf_inside_leave();
    }
}

void mf_liveheap_grew(const void *block, uint64_t size, void *caller) {
    if (block) {
        int64_t grown = (int64_t)mf_hot.next.malloc_usable_size((void *)block);
        atomic_fetch_add_explicit(&live, grown, memory_order_relaxed);
        keep_block(block, size, caller);
    }
}

struct mf_held mf_liveheap_shrank(void *block) {
    int64_t gone = (int64_t)mf_hot.next.malloc_usable_size(block);
    atomic_fetch_sub_explicit(&live, gone, memory_order_relaxed);
    return mf_account_kept() ? mf_account_take(block) : (struct mf_held){0, 0};
}

void mf_liveheap_stayed(void *block, const struct mf_held *known) {
    int64_t back = (int64_t)mf_hot.next.malloc_usable_size(block);
    atomic_fetch_add_explicit(&live, back, memory_order_relaxed);
    if (known->origin && mf_account_kept()) {
        mf_account_put_back(block, known);
    }
}

void mf_liveheap_refused(void *block, void *caller) {
    if (mf_account_kept()) {
        mf_account_refuse(block, caller);
    }
}

MF_REALIGNED void mf_liveheap_free(void *block) {
    if (!block || mf_arena_owns(&mf_bootstrap, block)) {
        return;
    }
    if (mf_hot.heap_counted) {
        mf_liveheap_shrank(block);
    }
    mf_hot.next.free(block);
}
