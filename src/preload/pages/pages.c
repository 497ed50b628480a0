// SPDX-License-Identifier: MIT
#include "preload/pages/pages.h"

#include "preload/base/bootstrap.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/pages/blocks.h"
#include "preload/pages/guard_page.h"
#include "preload/pages/misuse.h"
#include "preload/pages/redzone.h"
#include "preload/stack/maps.h"

#include <errno.h>
#include <string.h>
#include <sys/auxv.h>

/** The arena, in pages: as much as there is address space for between these, 256 GiB and
 * 64 MiB. */
#define ARENA_MOST  (UINT64_C(1) << 26)
#define ARENA_LEAST (UINT64_C(1) << 14)
/** How many blocks the quarantine gives up for one that finds no room. */
#define PRESSED 1024

struct mf_pages mf_pages;

static void *refused(void) {
    errno = ENOMEM;
    return NULL;
}

static uint64_t round_up(uint64_t number, uint64_t to) {
    return (number + to - 1) & -to;
}

/** Where a block is to be: its pages, and those of its span. */
struct layout {
    uint64_t align, pages, span_pages;
};

/** Lay a block out; false where none can be so large. */
static bool lay_out(struct layout *layout, size_t align, size_t size) {
    const uint64_t most = mf_pages.heap.pages * MF_BLOCK_PAGE;
    if (size > most || align > most) {
        return false;
    }
    uint64_t fine = align < MF_BLOCK_PAGE ? align : MF_BLOCK_PAGE;
    uint64_t apart = align / MF_BLOCK_PAGE;
    layout->align = align;
    layout->pages = round_up(round_up(size, fine), MF_BLOCK_PAGE) / MF_BLOCK_PAGE;
    // One page at least for the block's address, one that stays closed, and what it takes
    // to come to a page that is aligned.
    layout->span_pages = mf_spans_round((layout->pages ? layout->pages : 1) + 1 +
                                        (apart > 1 ? apart - 1 : 0));
    return layout->span_pages < mf_pages.heap.pages;
}

/** The page in a span that a block begins in. */
static uint32_t first_page(const struct layout *layout, uint32_t span) {
    uint64_t start = mf_pages.heap.start + span * MF_BLOCK_PAGE;
    return layout->align <= MF_BLOCK_PAGE
               ? span
               : span +
                     (uint32_t)((round_up(start, layout->align) - start) / MF_BLOCK_PAGE);
}

/** A block's address: its end is the end of its pages, as far as its alignment lets
 * it. */
static uint64_t place(const struct layout *layout, uint32_t page, size_t size) {
    uint64_t start = mf_pages.heap.start + page * MF_BLOCK_PAGE;
    if (layout->align > MF_BLOCK_PAGE) {
        return start;
    }
    uint64_t end = start + layout->pages * MF_BLOCK_PAGE;
    return end - round_up(size, layout->align);
}

/** There are no more pages: tell the runner, once in a process. */
static void note_full(bool refused_by_kernel) {
    struct mf_process *process = mf.process;
    if (process && !atomic_load(&process->heap_full)) {
        atomic_store(&process->heap_refused, refused_by_kernel);
        atomic_store(&process->heap_full, atomic_load(&mf_pages.live) + 1);
    }
}

/** Take a span, if need be from the quarantine. */
static uint32_t take_span(uint64_t pages) {
    uint32_t span = mf_spans_take(pages);
    if (!span) {
        mf_quarantine_relax(PRESSED);
        span = mf_spans_take(pages);
    }
    return span;
}

/** Allocate, zeroed; NULL where that is impossible, errno as it was. */
static void *allocate(size_t align, size_t size) {
    struct layout layout;
    if (!lay_out(&layout, align, size)) {
        return NULL;
    }
    uint32_t span = take_span(layout.span_pages);
    if (!span) {
        note_full(false);
        return NULL;
    }
    uint32_t page = first_page(&layout, span);
    struct mf_block *block = mf_block_at(page);
    atomic_store_explicit(&block->state, MF_BLOCK_NONE, memory_order_relaxed);
    block->address = place(&layout, page, size);
    block->size = size;
    block->pages = (uint32_t)layout.pages;
    block->span = span;
    block->span_pages = (uint32_t)layout.span_pages;
    if (!mf_guard_page_open(block, page)) {
        mf_spans_give(span, layout.span_pages);
        note_full(true);
        return NULL;
    }
    mf_redzone_fill(block);
    mf_blocks_note(&block->allocated);
    block->freed.count = 0;
    atomic_fetch_add_explicit(&mf_pages.live, 1, memory_order_relaxed);
    atomic_store_explicit(&block->state, MF_BLOCK_LIVE, memory_order_release);
    return (void *)block->address;
}

static size_t aligned(size_t align) {
    return align > mf_pages.align ? align : mf_pages.align;
}

MF_REALIGNED static void *pages_malloc(size_t size) {
    void *block = allocate(mf_pages.align, size);
    return block ? block : refused();
}

MF_REALIGNED static void *pages_calloc(size_t count, size_t size) {
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? refused() : pages_malloc(bytes);
}

MF_REALIGNED static int pages_posix_memalign(void **block, size_t align, size_t size) {
    void *taken = allocate(aligned(align), size);
    if (!taken) {
        return ENOMEM;
    }
    *block = taken;
    return 0;
}

MF_REALIGNED static void *pages_memalign(size_t align, size_t size) {
    if (align > SIZE_MAX / 2 + 1) {
        errno = EINVAL;
        return NULL;
    }
    size_t power = 1;
    while (power < align) {
        power *= 2;
    }
    void *block = allocate(aligned(power), size);
    return block ? block : refused();
}

MF_REALIGNED static void *pages_aligned_alloc(size_t align, size_t size) {
    if (!align || (align & (align - 1))) {
        errno = EINVAL;
        return NULL;
    }
    return pages_memalign(align, size);
}

/** End where a block's redzone has been written to. */
static void check(const struct mf_block *block, enum mf_misuse_place place) {
    const unsigned char *changed = mf_redzone_behind(block);
    if (changed) {
        mf_misuse_end(MF_MISUSE_OVERFLOW, place, changed, block);
    }
    changed = mf_redzone_before(block);
    if (changed) {
        mf_misuse_end(MF_MISUSE_UNDERFLOW, place, changed, block);
    }
}

/** The live block at an address; ends if there is none. */
static struct mf_block *live(const void *pointer, enum mf_misuse_place place) {
    if (!mf_blocks_hold(pointer)) {
        mf_misuse_end(MF_MISUSE_NO_BLOCK, place, pointer, NULL);
    }
    struct mf_block *block = mf_blocks_find(pointer);
    if (!block) {
        const struct mf_block *around = mf_blocks_around(pointer);
        mf_misuse_end(around ? MF_MISUSE_INSIDE : MF_MISUSE_NO_BLOCK, place, pointer,
                      around);
    }
    if (atomic_load_explicit(&block->state, memory_order_acquire) != MF_BLOCK_LIVE) {
        mf_misuse_end(MF_MISUSE_DOUBLE_FREE, place, pointer, block);
    }
    check(block, place);
    return block;
}

/** Free a block that was live a moment ago. */
static void retire(struct mf_block *block, enum mf_misuse_place place) {
    uint32_t was_live = MF_BLOCK_LIVE;
    uint32_t page = mf_blocks_page((void *)block->address);
    if (!atomic_compare_exchange_strong(&block->state, &was_live, MF_BLOCK_FREED)) {
        mf_misuse_end(MF_MISUSE_DOUBLE_FREE, place, (void *)block->address, block);
    }
    mf_blocks_note(&block->freed);
    mf_guard_page_close(block, page);
    atomic_fetch_sub_explicit(&mf_pages.live, 1, memory_order_relaxed);
    mf_quarantine_add(page);
}

/** Whether a block was handed out by the allocator behind. */
static bool is_behind(const void *pointer) {
    if (mf_pages.inside) {
        return !mf_blocks_hold(pointer);
    }
    return (uintptr_t)pointer - mf_pages.behind_start <
           mf_pages.behind_end - mf_pages.behind_start;
}

MF_REALIGNED static void pages_free(void *pointer) {
    if (!pointer || mf_arena_owns(&mf_bootstrap, pointer)) {
        return;
    }
    if (is_behind(pointer)) {
        mf_pages.behind.free(pointer);
        return;
    }
    retire(live(pointer, MF_MISUSE_FREE), MF_MISUSE_FREE);
}

MF_REALIGNED static size_t pages_usable_size(void *pointer) {
    if (pointer && is_behind(pointer)) {
        return mf_pages.behind.malloc_usable_size(pointer);
    }
    const struct mf_block *block =
        mf_blocks_hold(pointer) ? mf_blocks_find(pointer) : NULL;
    return block && atomic_load(&block->state) == MF_BLOCK_LIVE ? block->size : 0;
}

/** realloc of a block of the allocator behind: it moves here, where its size is known. */
static void *move_in(void *pointer, size_t size) {
    if (mf_pages.inside) {
        return mf_pages.behind.realloc(pointer, size);
    }
    size_t old = mf_pages.behind.malloc_usable_size(pointer);
    void *moved = size ? pages_malloc(size) : NULL;
    if (moved) {
        memcpy(moved, pointer, old < size ? old : size);
    }
    if (moved || !size) {
        mf_pages.behind.free(pointer);
    }
    return moved;
}

MF_REALIGNED static void *pages_realloc(void *pointer, size_t size) {
    if (!pointer) {
        return pages_malloc(size);
    }
    if (is_behind(pointer)) {
        return move_in(pointer, size);
    }
    struct mf_block *block = live(pointer, MF_MISUSE_REALLOC);
    if (size == 0) {
        retire(block, MF_MISUSE_REALLOC);
        return NULL;
    }
    // It always moves, so that an old pointer to it is of no use to anybody.
    void *moved = pages_malloc(size);
    if (moved) {
        memcpy(moved, pointer, block->size < size ? block->size : size);
        retire(block, MF_MISUSE_REALLOC);
    }
    return moved;
}

/** Find the heap that the C library has begun; blocks in it stay its own. */
static void find_behind(void) {
    struct mf_maps maps;
    struct mf_maps_line line;
    if (!mf_maps_open(&maps)) {
        return;
    }
    while (mf_maps_next(&maps, &line)) {
        if (line.path && strcmp(line.path, "[heap]") == 0) {
            mf_pages.behind_start = line.start;
            mf_pages.behind_end = line.end;
        }
    }
    mf_maps_close(&maps);
}

/** Reserve an arena of a size and the table of its blocks; whether both are there. */
static bool reserve(struct mf_heap *heap, uint64_t pages) {
    void *start = mf_sys_reserve(pages * MF_BLOCK_PAGE);
    void *table =
        start ? mf_sys_reserve_memory(pages / 2 * sizeof(struct mf_block)) : NULL;
    if (start && !table) {
        mf_sys_unmap(start, pages * MF_BLOCK_PAGE);
    }
    heap->start = (uintptr_t)start;
    heap->table = (uintptr_t)table;
    heap->pages = pages;
    return table;
}

/** Reserve as much as there is; where that has a limit, leave the program half of it. */
static bool reserve_most(struct mf_heap *heap) {
    uint64_t pages = ARENA_MOST;
    while (!reserve(heap, pages)) {
        pages /= 2;
        if (pages < ARENA_LEAST) {
            return false;
        }
    }
    if (pages == ARENA_MOST || pages == ARENA_LEAST) {
        return true;
    }
    mf_sys_unmap((void *)heap->start, pages * MF_BLOCK_PAGE);
    mf_sys_unmap((void *)heap->table, pages / 2 * sizeof(struct mf_block));
    return reserve(heap, pages / 2);
}

bool mf_pages_start(uint32_t align, bool inside) {
    struct mf_heap *heap = &mf_pages.heap;
    if (getauxval(AT_PAGESZ) != MF_BLOCK_PAGE || !reserve_most(heap)) {
        return false;
    }
    heap->magic = MF_HEAP_MAGIC;
    // Page 0 stays closed, in front of the first block.
    atomic_store(&heap->used, 1);
    mf_pages.align = align;
    mf_pages.behind = mf_hot.next;
    mf_pages.inside = inside;
    find_behind();
    mf_guard_page_start();
    mf_hot.next.malloc = pages_malloc;
    mf_hot.next.calloc = pages_calloc;
    mf_hot.next.realloc = pages_realloc;
    mf_hot.next.free = pages_free;
    mf_hot.next.posix_memalign = pages_posix_memalign;
    mf_hot.next.aligned_alloc = pages_aligned_alloc;
    mf_hot.next.memalign = pages_memalign;
    mf_hot.next.malloc_usable_size = pages_usable_size;
    mf_pages.on = true;
    return true;
}

void mf_pages_end(void) {
    uint64_t used = atomic_load(&mf_pages.heap.used);
    for (uint64_t page = 0; page < used; page += 2) {
        const struct mf_block *block = mf_block_at((uint32_t)page);
        if (atomic_load(&block->state) == MF_BLOCK_LIVE) {
            check(block, MF_MISUSE_EXIT);
        }
    }
}
