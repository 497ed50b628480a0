// SPDX-License-Identifier: MIT
/**
 * The page allocator: each block on pages of its own, its end against a guard page, and
 * its pages closed when it is freed. An access behind a block or to a freed one faults at
 * once; what it cannot see at once (a byte between the block's end and the page's, for
 * alignment's sake) it finds when the block is freed or the program ends.
 *
 * It stands in the place of the next allocator, so that failures are injected in front of
 * it. All of it is lock-free and safe on any thread; so it is in a child of a fork, which
 * has a copy.
 */
#ifndef MF_PRELOAD_PAGES_PAGES_H
#define MF_PRELOAD_PAGES_PAGES_H

#include "core/channel/block.h"
#include "preload/base/next.h"
#include "preload/pages/quarantine.h"
#include "preload/pages/spans.h"

struct mf_pages {
    bool on;
    /** Whether the kernel has lightweight guard pages. */
    bool light;
    /** What every block is aligned to. */
    uint32_t align;
    struct mf_heap heap;
    struct mf_spans spans;
    struct mf_quarantine quarantine;
    /** Live blocks. */
    _Atomic uint64_t live;
    /** The allocator behind, and where blocks are that it handed out before: anywhere, if
     * it is the program's own. */
    struct mf_next behind;
    uintptr_t behind_start, behind_end;
    bool inside;
};

extern struct mf_pages mf_pages;

/**
 * Take the next allocator's place. Called once, while the library starts.
 *
 * @align
 *         1, 2, 4, 8 or 16.
 * @inside
 *         Whether that is the program's own, which may hand out blocks still, to itself and
 *         by functions that do not come to us.
 * @return
 *         Whether it serves: not without address space, nor where the kernel's pages are
 *         of another size.
 */
bool mf_pages_start(uint32_t align, bool inside);

/** Look at the live blocks' redzones, when the program ends. It serves, and there is one thread. */
void mf_pages_end(void);

#endif
