// SPDX-License-Identifier: MIT
/**
 * What the page allocator keeps of its blocks, apart from them, in a target's own memory:
 * the runner reads it out of the stopped process. A reader must take every number as
 * hostile.
 *
 * The arena is a stretch of address space, cut into spans of two pages or more. A span
 * holds a block and, behind it, at least one guard page; the page in front of a span is
 * one too, as the last one of its neighbour.
 */
#ifndef MF_CORE_CHANNEL_BLOCK_H
#define MF_CORE_CHANNEL_BLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#define MF_BLOCK_PAGE   UINT64_C(4096)
#define MF_BLOCK_FRAMES 16

enum mf_block_state {
    /** No block yet, or one that was given up. */
    MF_BLOCK_NONE,
    MF_BLOCK_LIVE,
    /** Its pages are closed and wait to be used again. */
    MF_BLOCK_FREED,
};

/** Where a block was allocated or freed. */
struct mf_block_stack {
    /** Kernel's thread id. */
    int32_t tid;
    uint32_t count;
    /** Return addresses, innermost first: addresses[0] is the caller's. */
    uint64_t addresses[MF_BLOCK_FRAMES];
};

/**
 * One block. Its entry is number P / 2 of the table, P being the page of the arena that
 * the block begins in: no two blocks have the same.
 */
struct mf_block {
    /** enum mf_block_state; set last. */
    _Atomic uint32_t state;
    /** Of an idle span: the page where the next idle one of its size begins. */
    _Atomic uint32_t next;
    uint64_t address;
    /** As asked for. */
    uint64_t size;
    /** Open pages; 0 where nothing was asked for. */
    uint32_t pages;
    /** Where its span begins, and how many pages that has. */
    uint32_t span, span_pages;
    /** Of a span's first entry: whether it has lightweight guard pages. */
    uint32_t prepared;
    struct mf_block_stack allocated, freed;
};

/** What a program did wrong without touching what is closed. */
enum mf_misuse_kind {
    MF_MISUSE_NONE,
    /** A free of an address that is not a heap block. */
    MF_MISUSE_NO_BLOCK,
    /** A free of an address inside a block, or behind it. */
    MF_MISUSE_INSIDE,
    MF_MISUSE_DOUBLE_FREE,
    /** The bytes right behind a block, or in front of it, are not what they were. */
    MF_MISUSE_OVERFLOW,
    MF_MISUSE_UNDERFLOW,
    MF_MISUSE_COUNT,
};

/** In which function it was found. */
enum mf_misuse_place {
    MF_MISUSE_FREE,
    MF_MISUSE_REALLOC,
    /** When the program ended. */
    MF_MISUSE_EXIT,
    MF_MISUSE_PLACES,
};

/** The misuse that the process is about to die of. */
struct mf_misuse {
    /** enum mf_misuse_kind; set last. */
    _Atomic uint32_t kind;
    /** enum mf_misuse_place */
    uint32_t place;
    /** The thread that came upon it. */
    int32_t tid;
    uint32_t reserved;
    /** What was to be freed, or the first byte that was changed. */
    uint64_t address;
    /** The index of the block's entry, plus one; 0 = none. */
    uint64_t block;
};

#define MF_HEAP_MAGIC UINT64_C(0x7061656866636d6c)

/** Where all of that is. Its address stands in the process's slot. */
struct mf_heap {
    uint64_t magic;
    /** The arena: where it begins, and its pages. */
    uint64_t start, pages;
    /** The table of blocks, an array of `pages` / 2. */
    uint64_t table;
    /** Pages from this one on have never been used. */
    _Atomic uint64_t used;
    struct mf_misuse misuse;
};

#endif
