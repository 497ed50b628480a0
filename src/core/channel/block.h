// SPDX-License-Identifier: MIT
/**
 * The page allocator's table of blocks. It lies in the target's own memory, apart from the
 * blocks; the runner reads it from the stopped process. A reader must check every number,
 * because the target can overwrite them.
 *
 * The arena is a range of address space that is divided into spans of two or more pages. A
 * span holds a block, followed by at least one guard page. The page before a span is a guard
 * page, too: it is the last page of the previous span.
 */
#ifndef MF_CORE_CHANNEL_BLOCK_H
#define MF_CORE_CHANNEL_BLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#define MF_BLOCK_PAGE   UINT64_C(4096)
#define MF_BLOCK_FRAMES 16

enum mf_block_state {
    /** No block yet, or no longer. */
    MF_BLOCK_NONE,
    MF_BLOCK_LIVE,
    /** Its pages are inaccessible until the span is used again. */
    MF_BLOCK_FREED,
};

/** The stack at which a block was allocated or freed. */
struct mf_block_stack {
    /** The kernel's id of the thread. */
    int32_t tid;
    uint32_t count;
    /** Return addresses, innermost first: addresses[0] is the caller's. */
    uint64_t addresses[MF_BLOCK_FRAMES];
};

/**
 * One block. If the block begins in page P of the arena, its entry in the table has the index
 * P / 2; no two blocks have the same index.
 */
struct mf_block {
    /** enum mf_block_state; set last. */
    _Atomic uint32_t state;
    /** For an idle span: the first page of the next idle span of the same size. */
    _Atomic uint32_t next;
    uint64_t address;
    /** In bytes, as asked for. */
    uint64_t size;
    /** Number of accessible pages; 0 if the size is 0. */
    uint32_t pages;
    /** The first page of its span, and the number of pages of the span. */
    uint32_t span, span_pages;
    /** In the first entry of a span: whether the span has lightweight guard pages. */
    uint32_t prepared;
    struct mf_block_stack allocated, freed;
};

/** Errors of a program that are found without an access to an inaccessible page. */
enum mf_misuse_kind {
    MF_MISUSE_NONE,
    /** A free of an address that is not a heap block. */
    MF_MISUSE_NO_BLOCK,
    /** A free of an address inside a block or after its end. */
    MF_MISUSE_INSIDE,
    MF_MISUSE_DOUBLE_FREE,
    /** The pattern right after a block, or right before it, was overwritten. */
    MF_MISUSE_OVERFLOW,
    MF_MISUSE_UNDERFLOW,
    MF_MISUSE_COUNT,
};

/** Where it was found. */
enum mf_misuse_place {
    MF_MISUSE_FREE,
    MF_MISUSE_REALLOC,
    /** When the program ended. */
    MF_MISUSE_EXIT,
    MF_MISUSE_PLACES,
};

/** The misuse because of which the process is about to be aborted. */
struct mf_misuse {
    /** enum mf_misuse_kind; set last. */
    _Atomic uint32_t kind;
    /** enum mf_misuse_place */
    uint32_t place;
    /** The kernel's id of the thread that found it. */
    int32_t tid;
    uint32_t reserved;
    /** The address that was to be freed, or that of the first byte that was overwritten. */
    uint64_t address;
    /** One more than the index of the block's entry; 0 = none. */
    uint64_t block;
};

#define MF_HEAP_MAGIC UINT64_C(0x7061656866636d6c)

/** The heap of the page allocator. The process's slot has its address. */
struct mf_heap {
    uint64_t magic;
    /** The address of the arena, and its number of pages. */
    uint64_t start, pages;
    /** The address of the table of blocks, an array of `pages` / 2 entries. */
    uint64_t table;
    /** Pages from this one on have never been used. */
    _Atomic uint64_t used;
    struct mf_misuse misuse;
};

#endif
