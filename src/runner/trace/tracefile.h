// SPDX-License-Identifier: MIT
/**
 * Reading a trace: the events of all threads, ordered by time, as a stream.
 *
 * Memory use does not grow with the number of events: it holds a window on each thread's
 * stream, the stacks, and a note for each chunk of the file. The file is not trusted;
 * invalid parts are skipped and counted.
 */
#ifndef MF_RUNNER_TRACE_TRACEFILE_H
#define MF_RUNNER_TRACE_TRACEFILE_H

#include "core/channel/trace.h"
#include "runner/code/modules.h"
#include "runner/util/diag.h"

#include <stddef.h>
#include <stdint.h>

/** An event and its thread. */
struct trace_event {
    struct mf_trace_event event;
    /** Index of the thread in its process, from 1, and the kernel's id. */
    uint32_t thread;
    int32_t tid;
    /** The block that realloc or reallocarray was to resize; 0 = none. */
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
    /** A copy of the file's head; its strings are NUL-terminated. */
    struct mf_trace_head head;
    /** ns per time unit. */
    double unit_ns;
    /** Number of chunks with invalid contents, as far as the file was read. */
    uint64_t damaged;
    /** Whether memory ran out: then not everything was read. */
    bool failed;
    /** The files that frames are in. */
    struct modules modules;
    /** By index; count 0 if there is none. */
    struct trace_stack *stacks;
    uint32_t stack_count;
    struct trace_chunk *chunks;
    size_t chunk_count;
    struct trace_stream *streams;
    /** The streams that have events left, as a heap ordered by the time of their next
     * event. */
    struct trace_stream **heap;
    size_t heap_count;
};

/**
 * Open a trace; errors are reported to the user.
 *
 * @return
 *         0 on success, -1 on failure with nothing to close.
 */
int tracefile_open(struct tracefile *file, const char *path, const struct diag *diag);

/**
 * Read the next events.
 *
 * @events
 *         Filled with the events.
 * @room
 *         The most events to read.
 * @return
 *         How many were read; 0 at the end, or if memory ran out (then `failed` is set).
 */
size_t tracefile_read(struct tracefile *file, struct trace_event *events, size_t room);

/** An event's time in ns since the trace began. */
uint64_t tracefile_ns(const struct tracefile *file, uint64_t time);

/** A stack by its index; NULL if it is unknown. */
const struct trace_stack *tracefile_stack(const struct tracefile *file, uint32_t index);

/** The name of the function that an event records. Static. */
const char *tracefile_function(const struct mf_trace_event *event);

/** Read to the end and return the number of events. */
uint64_t tracefile_count(struct tracefile *file);

/** Warn the user about what is missing in a trace that was read. */
void tracefile_warn(const struct tracefile *file, const char *path,
                    const struct diag *diag);

/** Close it; fine on one that is all zeroes except for a descriptor of -1. */
void tracefile_close(struct tracefile *file);

#endif
