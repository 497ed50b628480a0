// SPDX-License-Identifier: MIT
/**
 * The facts of a crash, which the code that reads the stopped process passes to the code that
 * judges the crash: numbers and places in code, no names.
 */
#ifndef MF_RUNNER_CRASH_FACTS_H
#define MF_RUNNER_CRASH_FACTS_H

#include "core/channel/block.h"
#include "runner/crash/rawstack.h"

#include <sys/types.h>

/** An address below this counts as NULL plus an offset. */
#define CRASH_NULL_PAGE UINT64_C(65536)

/** The pattern in freed blocks after the first injection; it is not a valid address. */
#define CRASH_FREED_FILL (UINT64_C(0x0101010101010101) * MF_FREED_BYTE)

/** Whether a number is this pattern, plus or minus an offset. */
static inline bool crash_is_freed_fill(uint64_t number) {
    return number - CRASH_FREED_FILL + CRASH_NULL_PAGE < 2 * CRASH_NULL_PAGE;
}

/** The kind of access at a fault. */
enum access {
    ACCESS_UNKNOWN,
    ACCESS_READ,
    ACCESS_WRITE,
    ACCESS_EXECUTE,
};

/** What the page allocator found at a crash. */
enum heap_fault {
    HEAP_FAULT_NONE,
    /** An access after the end of a live block, or before its beginning. */
    HEAP_FAULT_BEHIND,
    HEAP_FAULT_BEFORE,
    /** An access to a freed block, or near one. */
    HEAP_FAULT_FREED,
    HEAP_FAULT_DOUBLE_FREE,
    /** A free of an address that is not a block, or lies inside one. */
    HEAP_FAULT_NO_BLOCK,
    HEAP_FAULT_INSIDE,
};

/** How a misuse of the heap was found. */
enum heap_finder {
    /** By an access to an inaccessible page. */
    HEAP_FINDER_ACCESS,
    /** By a check of the library, in these functions or at exit. */
    HEAP_FINDER_FREE,
    HEAP_FINDER_REALLOC,
    HEAP_FINDER_EXIT,
};

/** The stack that allocated or freed a block. */
struct heap_trace {
    pid_t tid;
    struct frame frames[MF_BLOCK_FRAMES];
    size_t count;
};

/** What the page allocator knows of a crash. */
struct heap_facts {
    enum heap_fault fault;
    /** How it was found. */
    enum heap_finder finder;
    /** Whether the block is known. */
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
    /** 0 if the target reached its time-out. */
    int signal;
    int code;
    /** The process that sent the signal; 0 if the kernel did. */
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
    /** The message that libc's abort recorded. */
    char abort_message[512];
    /** How many entries the journal had. */
    uint64_t journal_used;
    /** The final status of the process, as from wait(); -1 = it had not ended with the run. */
    int end;
    /** For a hang: the index of the frame with the loop, whose call was in progress; 0 = no loop
     * was found. See loop.h. */
    size_t loop;
    /** Whether it hangs because it waits; and whether there was not enough time to find the loop. */
    bool waits, loop_cut;
    /** The places in that frame's function that the loop reaches, in no order; none if they are
     * not known. */
    struct raw_stack loop_code;
    /** For a hang: the other threads. */
    struct crash_thread *threads;
    size_t thread_count;
};

#endif
