// SPDX-License-Identifier: MIT
/**
 * The facts of a crash, as they are handed from what reads the stopped process to what
 * judges it: numbers and places in code, no names.
 */
#ifndef MF_RUNNER_CRASH_FACTS_H
#define MF_RUNNER_CRASH_FACTS_H

#include "core/channel/block.h"
#include "runner/crash/rawstack.h"

#include <sys/types.h>

/** An address below is taken for NULL and an offset. */
#define CRASH_NULL_PAGE UINT64_C(65536)

/** What freed blocks are filled with after the first injection: no valid address. */
#define CRASH_FREED_FILL (UINT64_C(0x0101010101010101) * MF_FREED_BYTE)

/** Whether a number is that fill, give or take an offset. */
static inline bool crash_is_freed_fill(uint64_t number) {
    return number - CRASH_FREED_FILL + CRASH_NULL_PAGE < 2 * CRASH_NULL_PAGE;
}

/** What the instruction at a fault wanted. */
enum access {
    ACCESS_UNKNOWN,
    ACCESS_READ,
    ACCESS_WRITE,
    ACCESS_EXECUTE,
};

/** What the page allocator tells of a crash. */
enum heap_fault {
    HEAP_FAULT_NONE,
    /** Behind the end of a live block, or in front of one. */
    HEAP_FAULT_BEHIND,
    HEAP_FAULT_BEFORE,
    /** In a freed block, or near one. */
    HEAP_FAULT_FREED,
    HEAP_FAULT_DOUBLE_FREE,
    /** A free of an address that is not a block, or lies inside one. */
    HEAP_FAULT_NO_BLOCK,
    HEAP_FAULT_INSIDE,
};

/** How a fault of the heap came out. */
enum heap_finder {
    /** By itself: what was accessed is closed. */
    HEAP_FINDER_ACCESS,
    HEAP_FINDER_FREE,
    HEAP_FINDER_REALLOC,
    HEAP_FINDER_EXIT,
};

/** Who allocated or freed a block. */
struct heap_trace {
    pid_t tid;
    struct frame frames[MF_BLOCK_FRAMES];
    size_t count;
};

/** What the page allocator knows of a crash. */
struct heap_facts {
    enum heap_fault fault;
    /** Where it was found; of faults the library found. */
    enum heap_finder finder;
    /** Whether there is a block to tell of. */
    bool block_known;
    uint64_t address, size;
    bool freed;
    /** From the block's beginning to the byte in question. */
    int64_t offset;
    struct heap_trace allocation, release;
};

/** A thread of a process that hangs. */
struct crash_thread {
    pid_t tid;
    char name[16];
    struct raw_stack stack;
};

/** A thread that got a fatal signal, or that hangs. */
struct crash {
    pid_t pid, tid;
    /** The executable's base name and the thread's name. */
    char image[MF_IMAGE_MAX];
    char thread_name[16];
    /** 0 where the target ran out of time. */
    int signal;
    int code;
    /** The process that sent the signal; 0 where the kernel did. */
    pid_t sender;
    uint64_t address;
    bool address_known;
    enum access access;
    uint64_t pc, sp;
    /** The mapping that the stack pointer is in or just below; 0 = unknown. */
    uint64_t stack_low, stack_high;
    bool freed_fill_seen;
    /** Whether the NULL that was accessed is known to be the one that the failed call
     * returned. */
    bool null_proven;
    struct raw_stack stack;
    struct heap_facts heap;
    /** What libc's abort noted. */
    char abort_message[512];
    /** How many entries the journal had. */
    uint64_t journal_used;
    /** wait()'s status of the process in the end; -1 = it had not ended with the run. */
    int end;
    /** Where it hangs: the index of the frame in the stack with the loop, whose call was
     * under way; 0 = it came back to none. See loop.h. */
    size_t loop;
    /** Whether there was no time to see that. */
    bool loop_cut;
    /** The places in that frame's function that the loop comes to, in no order; none where
     * they are not known. */
    struct raw_stack loop_code;
    /** The other threads, where it hangs. */
    struct crash_thread *threads;
    size_t thread_count;
};

#endif
