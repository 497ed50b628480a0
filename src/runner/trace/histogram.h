// SPDX-License-Identifier: MIT
/** Summary of a trace: sizes, the live heap, stacks. Pure except for reading the trace. */
#ifndef MF_RUNNER_TRACE_HISTOGRAM_H
#define MF_RUNNER_TRACE_HISTOGRAM_H

#include "runner/trace/liveheap.h"
#include "runner/trace/timeline.h"
#include "runner/trace/tracefile.h"

#include <stdbool.h>
#include <stdio.h>

/** Sizes up to this have a counter each... */
#define HISTOGRAM_EXACT 65536
/** ... and larger ones share this many counters per doubling. */
#define HISTOGRAM_STEPS 32

/** The number of counters for sizes above HISTOGRAM_EXACT. */
#define HISTOGRAM_LARGE (48 * HISTOGRAM_STEPS)

/** How many out-of-order events are remembered. */
#define HISTOGRAM_EARLY 16

/** What came from one stack. */
struct histogram_stack {
    uint64_t calls, bytes;
    uint64_t live_blocks, live_bytes;
};

struct histogram {
    /** Blocks by size; allocations that succeeded. */
    uint64_t exact[HISTOGRAM_EXACT + 1];
    uint64_t large[HISTOGRAM_LARGE];
    /** Allocations that succeeded, by function. */
    uint64_t functions[MF_TRACE_PVALLOC];
    /** The total of those, and of the bytes they asked for. */
    uint64_t allocations, bytes;
    /** Blocks freed, including those that realloc moved or resized. */
    uint64_t frees, resizes;
    /** Allocations that failed because memory ran out, and because of a policy. */
    uint64_t failed, injected;
    /** Blocks freed whose allocation is not in the trace. */
    uint64_t unknown;
    uint64_t events;
    uint64_t smallest, largest;
    /** The live heap at the current event (after reading: at the end), and its peak. */
    uint64_t live_bytes, live_blocks;
    uint64_t peak_bytes, peak_blocks, peak_time;
    /** Times of the first and the last event, in time units. */
    uint64_t first, last;
    struct timeline timeline;
    /** By a stack's index; index 0 is for events without a stack. */
    struct histogram_stack *stacks;
    uint32_t stack_count;
    struct liveheap heap;
    /** Events that came out of order because another thread's clock is slightly ahead. */
    struct histogram_early {
        uint64_t address, time;
        uint32_t thread;
        bool freed;
    } early[HISTOGRAM_EARLY];
    unsigned early_at;
    /** The time from which the latest of them is too old to matter. */
    uint64_t early_until;
    /** The latest blocks that a realloc is working on. */
    struct live_block resized[64];
    unsigned resized_at;
};

/**
 * Read a trace to its end and sum it up.
 *
 * @return
 *         0 on success, -1 when memory ran out with nothing to destroy.
 */
int histogram_read(struct histogram *histogram, struct tracefile *file);

/** How many allocations asked for less than `size` bytes. */
uint64_t histogram_below(const struct histogram *histogram, uint64_t size);

/** How many asked for `from` bytes or more and less than `to`, both at most
 * HISTOGRAM_EXACT. */
uint64_t histogram_between(const struct histogram *histogram, uint64_t from, uint64_t to);

/** The size that a share (0 to 1) of the allocations does not exceed; above HISTOGRAM_EXACT
 * accurate to a 32nd. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);

/** What stacks are ordered by. */
enum histogram_order {
    HISTOGRAM_BY_CALLS,
    HISTOGRAM_BY_BYTES,
    HISTOGRAM_BY_LIVE,
};

/** A stack's weight in an order. */
uint64_t histogram_weight(const struct histogram_stack *stack,
                          enum histogram_order order);

/** Find the indices of the heaviest stacks, heaviest first. Returns how many there are. */
size_t histogram_top(const struct histogram *histogram, enum histogram_order order,
                     uint32_t *indices, size_t room);

/** Release it. */
void histogram_destroy(struct histogram *histogram);

#endif
