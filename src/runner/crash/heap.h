// SPDX-License-Identifier: MIT
/**
 * What the page allocator of a stopped process tells of a crash: which block was meant,
 * how it was missed, and who allocated and freed it. All of it is read from the process,
 * so every number is hostile.
 */
#ifndef MF_RUNNER_CRASH_HEAP_H
#define MF_RUNNER_CRASH_HEAP_H

#include "core/channel/block.h"
#include "runner/crash/unwind.h"
#include "runner/diagnose/outcome.h"
#include "runner/target/channelfile.h"

/** Who allocated or freed a block. */
struct heap_trace {
    pid_t tid;
    struct frame frames[MF_BLOCK_FRAMES];
    size_t count;
};

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

/** The thread in question, and its signal. */
struct heap_question {
    pid_t pid, tid;
    int signal;
    /** The fault's address; 0 = unknown. */
    uint64_t address;
};

/**
 * Say why the page allocator had no more pages.
 *
 * @blocks
 *         How many live blocks it was to have then.
 * @refused
 *         Whether it was the kernel that had no more.
 */
void heap_describe_full(uint64_t blocks, bool refused, char *text, size_t size);

/** Ask; leaves HEAP_FAULT_NONE where no page allocator has to do with it. */
void heap_gather(struct heap_facts *facts, const struct heap_question *question,
                 const struct channel *channel, struct unwind *unwind);

#endif
