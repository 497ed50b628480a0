// SPDX-License-Identifier: MIT
#include "runner/crash/heap.h"

#include "runner/target/procfile.h"

#include <signal.h>

/** The largest arena there can be, in pages. */
#define PAGES_MAX (UINT64_C(1) << 26)
/** No address of a program is higher. */
#define ADDRESS_MAX (UINT64_C(1) << 56)
/** How many entries of the table are looked at for a block. */
#define LOOKS_MAX (UINT64_C(1) << 20)

/** A heap, as its process has it. */
struct heap {
    struct stopped *stopped;
    struct mf_heap books;
};

static bool is_sound(const struct mf_heap *books) {
    return books->magic == MF_HEAP_MAGIC && books->pages >= 2 &&
           books->pages <= PAGES_MAX && books->used <= books->pages &&
           books->start % MF_BLOCK_PAGE == 0 && books->start < ADDRESS_MAX &&
           books->table < ADDRESS_MAX;
}

static bool read_books(struct heap *heap, uint64_t address) {
    return address && address < ADDRESS_MAX &&
           memory_read(heap->stopped->memory, address, &heap->books,
                       sizeof(heap->books)) &&
           is_sound(&heap->books);
}

/** Find the books by the slots: those of the process, or of one it was forked from. */
static bool find_books(struct heap *heap, const struct channel *channel) {
    unsigned count = channel_processes(channel);
    for (int own = 1; own >= 0; own--) {
        for (unsigned i = count; i > 0; i--) {
            const struct mf_process *process = channel_process(channel, i - 1);
            bool is_own = atomic_load(&process->pid) == heap->stopped->pid;
            if (is_own == own && read_books(heap, process->heap)) {
                return true;
            }
        }
    }
    return false;
}

/** Read an entry; false where there is no block, or none that makes sense. */
static bool read_block(const struct heap *heap, uint64_t index, struct mf_block *block) {
    const struct mf_heap *books = &heap->books;
    uint64_t at = books->table + index * sizeof(*block);
    if (index >= books->pages / 2 ||
        !memory_read(heap->stopped->memory, at, block, sizeof(*block))) {
        return false;
    }
    uint64_t offset = block->address - books->start;
    uint64_t page = offset / MF_BLOCK_PAGE;
    return (block->state == MF_BLOCK_LIVE || block->state == MF_BLOCK_FREED) &&
           offset < books->used * MF_BLOCK_PAGE && page / 2 == index &&
           block->span <= page && block->span_pages <= books->pages &&
           (uint64_t)block->span + block->span_pages <= books->used &&
           page + block->pages <= (uint64_t)block->span + block->span_pages &&
           block->size <= books->pages * MF_BLOCK_PAGE;
}

static uint64_t first_page(const struct heap *heap, const struct mf_block *block) {
    return (block->address - heap->books.start) / MF_BLOCK_PAGE;
}

/** The nearest block that begins in a page or below it, if the page is in its span. */
static bool find_below(const struct heap *heap, uint64_t page, struct mf_block *block) {
    uint64_t index = page / 2;
    for (uint64_t looks = 0; looks < LOOKS_MAX && looks <= index; looks++) {
        if (read_block(heap, index - looks, block) && first_page(heap, block) <= page) {
            return page < (uint64_t)block->span + block->span_pages;
        }
    }
    return false;
}

/** The block of the span that begins at a page. */
static bool find_at(const struct heap *heap, uint64_t page, struct mf_block *block) {
    return read_block(heap, page / 2, block) && block->span == page;
}

static void take_trace(struct heap_trace *trace, const struct mf_block_stack *stack,
                       struct stopped *stopped) {
    trace->tid = stack->tid;
    trace->count = stack->count < MF_BLOCK_FRAMES ? stack->count : MF_BLOCK_FRAMES;
    for (size_t i = 0; i < trace->count; i++) {
        trace->frames[i] = stopped_frame(stopped, stack->addresses[i]);
    }
}

/** Tell of a block and an address in it or near it. */
static void tell(struct heap_facts *facts, const struct heap *heap, enum heap_fault fault,
                 const struct mf_block *block, uint64_t address) {
    facts->fault = fault;
    facts->block_known = true;
    facts->address = block->address;
    facts->size = block->size;
    facts->offset = (int64_t)(address - block->address);
    facts->freed = block->state == MF_BLOCK_FREED;
    take_trace(&facts->allocation, &block->allocated, heap->stopped);
    if (facts->freed) {
        take_trace(&facts->release, &block->freed, heap->stopped);
    }
}

/** A fault in what is closed between two blocks, `below` and the one behind it. */
static void ask_gap(struct heap_facts *facts, const struct heap *heap,
                    const struct mf_block *below, uint64_t address) {
    struct mf_block above;
    uint64_t next = (uint64_t)below->span + below->span_pages;
    if (find_at(heap, next, &above)) {
        uint64_t from_below = address - (below->address + below->size);
        uint64_t to_above = above.address - address;
        bool only_above_lives =
            above.state == MF_BLOCK_LIVE && below->state != MF_BLOCK_LIVE;
        bool only_below_lives =
            below->state == MF_BLOCK_LIVE && above.state != MF_BLOCK_LIVE;
        if (only_above_lives || (!only_below_lives && to_above < from_below)) {
            tell(facts, heap, HEAP_FAULT_BEFORE, &above, address);
            return;
        }
    }
    enum heap_fault fault =
        below->state == MF_BLOCK_LIVE ? HEAP_FAULT_BEHIND : HEAP_FAULT_FREED;
    tell(facts, heap, fault, below, address);
}

/** A fault by an access to what is closed. */
static void ask_access(struct heap_facts *facts, const struct heap *heap,
                       uint64_t address) {
    uint64_t page = (address - heap->books.start) / MF_BLOCK_PAGE;
    struct mf_block block;
    if (address < heap->books.start || page >= heap->books.used) {
        return;
    }
    if (page == 0) {
        if (find_at(heap, 1, &block)) {
            tell(facts, heap, HEAP_FAULT_BEFORE, &block, address);
        }
        return;
    }
    if (!find_below(heap, page, &block)) {
        return;
    }
    uint64_t first = first_page(heap, &block);
    uint64_t own = block.pages ? block.pages : 1;
    if (page >= first + own) {
        ask_gap(facts, heap, &block, address);
    } else if (block.state == MF_BLOCK_FREED) {
        tell(facts, heap, HEAP_FAULT_FREED, &block, address);
    } else if (block.pages == 0) {
        tell(facts, heap, HEAP_FAULT_BEHIND, &block, address);
    }
}

/** Whether a thread came upon a misuse. In a child behind the barrier the library is told
 * its parent's number; but the child has one thread only. */
static bool is_its_own(const struct mf_misuse *misuse, pid_t tid) {
    pid_t tids[2];
    return misuse->tid == tid || procfile_threads(tid, tids, 2) == 1;
}

/** A misuse that the library came upon. */
static void ask_misuse(struct heap_facts *facts, const struct heap *heap) {
    static const enum heap_fault faults[MF_MISUSE_COUNT] = {
        [MF_MISUSE_NO_BLOCK] = HEAP_FAULT_NO_BLOCK,
        [MF_MISUSE_INSIDE] = HEAP_FAULT_INSIDE,
        [MF_MISUSE_DOUBLE_FREE] = HEAP_FAULT_DOUBLE_FREE,
        [MF_MISUSE_OVERFLOW] = HEAP_FAULT_BEHIND,
        [MF_MISUSE_UNDERFLOW] = HEAP_FAULT_BEFORE,
    };
    static const enum heap_finder finders[MF_MISUSE_PLACES] = {
        [MF_MISUSE_FREE] = HEAP_FINDER_FREE,
        [MF_MISUSE_REALLOC] = HEAP_FINDER_REALLOC,
        [MF_MISUSE_EXIT] = HEAP_FINDER_EXIT,
    };
    const struct mf_misuse *misuse = &heap->books.misuse;
    struct mf_block block;
    if (!is_its_own(misuse, heap->stopped->tid) || misuse->kind == MF_MISUSE_NONE ||
        misuse->kind >= MF_MISUSE_COUNT || misuse->place >= MF_MISUSE_PLACES) {
        return;
    }
    facts->fault = faults[misuse->kind];
    facts->finder = finders[misuse->place];
    facts->address = misuse->address;
    if (misuse->block && read_block(heap, misuse->block - 1, &block)) {
        tell(facts, heap, facts->fault, &block, misuse->address);
    } else if (facts->fault != HEAP_FAULT_NO_BLOCK) {
        facts->fault = HEAP_FAULT_NONE;
    }
}

void heap_gather(struct heap_facts *facts, struct stopped *stopped,
                 const struct channel *channel, int signal, uint64_t address) {
    bool access = signal == SIGSEGV || signal == SIGBUS;
    struct heap heap = {.stopped = stopped};
    *facts = (struct heap_facts){0};
    if ((!access && signal != SIGABRT) || !find_books(&heap, channel)) {
        return;
    }
    if (access) {
        ask_access(facts, &heap, address);
    } else {
        ask_misuse(facts, &heap);
    }
}
