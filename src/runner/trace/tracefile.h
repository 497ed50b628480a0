// SPDX-License-Identifier: MIT
/**
 * Reading a trace: events of all threads in the order of time, as a stream.
 *
 * What is kept in memory does not grow with the number of events: a window on each
 * thread's stream, the stacks, and a note for each chunk of the file. The file is taken
 * as hostile; what makes no sense in it is left out and counted.
 */
#ifndef MF_RUNNER_TRACE_TRACEFILE_H
#define MF_RUNNER_TRACE_TRACEFILE_H

#include "core/channel/trace.h"
#include "runner/code/modules.h"
#include "runner/util/diag.h"

#include <stddef.h>
#include <stdint.h>

/** An event, and whose it is. */
struct trace_event {
    struct mf_trace_event event;
    /** Index of the thread in its process, from 1, and the kernel's id. */
    uint32_t thread;
    int32_t tid;
    /** What realloc or reallocarray was asked to resize; 0 = nothing. */
    uint64_t old;
};

/** A stack, innermost frame first. */
struct trace_stack {
    uint64_t id;
    uint32_t count;
    struct frame *frames;
};

struct trace_stream;
struct trace_chunk;

struct tracefile {
    int fd;
    uint64_t size;
    /** A copy of the file's head; its strings end. */
    struct mf_trace_head head;
    /** ns in a time unit. */
    double unit_ns;
    /** Chunks that hold what makes no sense, as far as it was read. */
    uint64_t damaged;
    /** Whether memory ran out: what was read is not all. */
    bool failed;
    /** The files that frames are in. */
    struct modules modules;
    /** By index; count 0 if there is none. */
    struct trace_stack *stacks;
    uint32_t stack_count;
    struct trace_chunk *chunks;
    size_t chunk_count;
    struct trace_stream *streams;
    /** Those that have events left, as a heap by the time of the next one. */
    struct trace_stream **heap;
    size_t heap_count;
};

/**
 * Open a trace; what is wrong is told to the user.
 *
 * @return
 *         0 on success, -1 on failure with nothing to close.
 */
int tracefile_open(struct tracefile *file, const char *path, const struct diag *diag);

/**
 * Read the next events.
 *
 * @events
 *         Where to.
 * @room
 *         How many at most.
 * @return
 *         How many; 0 at the end, and where memory ran out, which `failed` tells.
 */
size_t tracefile_read(struct tracefile *file, struct trace_event *events, size_t room);

/** An event's time in ns since the trace began. */
uint64_t tracefile_ns(const struct tracefile *file, uint64_t time);

/** A stack by its index; NULL where it is unknown. */
const struct trace_stack *tracefile_stack(const struct tracefile *file, uint32_t index);

/** The name of what an event notes: a function's. Static. */
const char *tracefile_function(const struct mf_trace_event *event);

/** Read to the end, and count the events. */
uint64_t tracefile_count(struct tracefile *file);

/** Tell the user what is missing in a trace that was read. */
void tracefile_warn(const struct tracefile *file, const char *path,
                    const struct diag *diag);

/** Close it; fine on one that is all zeroes but for a descriptor of -1. */
void tracefile_close(struct tracefile *file);

#endif
