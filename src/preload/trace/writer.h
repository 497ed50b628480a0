// SPDX-License-Identifier: MIT
/**
 * Writers: how threads put events into the trace; core/channel/trace.h has its layout.
 *
 * A thread owns a writer, and the writer a chunk of the file, into which it stores packed
 * events. Threads share only the counter of chunks. There are no locks, and nothing has to be
 * flushed: stored events are in the kernel's page cache, whatever happens to the process.
 *
 * A writer is busy while an event is being written. A signal handler that allocates at this
 * moment borrows another writer for its event. All writers lie in pages that the kernel clears
 * in a forked child, however it was forked; so a child has no writer, and begins a file of its
 * own.
 */
#ifndef MF_PRELOAD_TRACE_WRITER_H
#define MF_PRELOAD_TRACE_WRITER_H

#include "core/channel/trace.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "ticks.h"

#define MF_PATH_MAX 4096

struct mf_writer {
    /** Where the next event goes; NULL = a new chunk is needed first. */
    _Alignas(64) unsigned char *at;
    /** Before this address, short events are written without further checks; NULL = never. */
    unsigned char *end;
    struct mf_trace_state state;
    /** Whether its thread is writing. */
    volatile bool busy;
    /** Its chunks, of events and of definitions; NULL = none yet. */
    struct mf_trace_chunk *events, *definitions;
    /** Where the next definition goes. */
    unsigned char *define_at;
    /** The kernel's id of the owning thread; 0 = free. */
    _Atomic uint32_t owner;
    /** The index of the thread that the stream belongs to at present. */
    uint32_t thread;
    /** How many chunks it has had, by content. */
    uint32_t sequence[MF_TRACE_DEFINITIONS + 1];
    /** When the chunk's later moment was updated. */
    uint64_t noted;
};

/** The state of a process's trace. */
enum mf_recorder_stage {
    MF_RECORDER_NEW,
    /** A thread is creating the file; events of other threads are lost. */
    MF_RECORDER_OPENING,
    MF_RECORDER_OPEN,
    /** Nothing more can be written; events are counted as lost. */
    MF_RECORDER_STOPPED,
};

struct mf_recorder {
    /* Wiped in a child. */
    _Alignas(MF_PAGE) struct mf_writer writers[MF_TRACE_STREAMS_MAX];
    /** enum mf_recorder_stage */
    _Atomic uint32_t stage;
    /** Whether several threads have written. */
    _Atomic uint32_t many;
    /** The mapped head of this process's file; NULL = none. */
    struct mf_trace_head *head;
    /** Device and inode of the file. */
    uint64_t device, inode;
    /** Stack ids by index - 1, 0 = free; NULL if stacks are not recorded. */
    _Atomic uint64_t *stacks;
    /** Number of events while the file was being created. */
    _Atomic uint64_t lost;
    /** Keys of the modules that are defined already. */
    _Atomic uint64_t modules[MF_TRACE_MODULES_MAX];
    /** This process's file. */
    char path[MF_PATH_MAX];
    /* Kept in a child. */
    /** The allocation functions that are called. */
    _Alignas(MF_PAGE) struct mf_next real;
    /** The file name that the user asked for, absolute. */
    char wanted[MF_PATH_MAX];
    bool with_stacks;
    /** The library's own key among modules; 0 = not known yet. Any thread sets it. */
    _Atomic uint64_t own_key;
    /** Whether the thread-exit hook is set, and its key. */
    bool exit_hooked;
    unsigned exit_key;
};

extern struct mf_recorder mf_recorder;

/** A thread, for the trace. */
struct mf_traced_thread {
    /** Its writer; NULL = none yet. */
    struct mf_writer *writer;
    /** Its index in the trace and the kernel's id; 0 = none yet. */
    uint32_t index;
    int32_t tid;
};

extern __thread struct mf_traced_thread mf_traced;

/**
 * Take a writer for exclusive use; false if it is busy.
 *
 * A signal handler that runs between the test and the assignment uses the writer and leaves it
 * again before it returns; so two plain instructions are enough.
 */
static inline bool mf_writer_take(struct mf_writer *writer) {
    if (writer->busy) {
        return false;
    }
    writer->busy = true;
    atomic_signal_fence(memory_order_seq_cst);
    return true;
}

static inline void mf_writer_leave(struct mf_writer *writer) {
    atomic_signal_fence(memory_order_seq_cst);
    writer->busy = false;
}

/**
 * The time of an event; it is later than all events of other threads whose effects this thread
 * has seen. So if another thread releases a block that this one frees or gets, this one's event
 * has the later time. With one thread, events are in order anyway.
 */
static inline uint64_t mf_event_time(void) {
    if (atomic_load_explicit(&mf_recorder.many, memory_order_relaxed)) {
        mf_ticks_settle();
    }
    return mf_ticks();
}

/** Write an event in the cases that mf_write() does not handle. */
void mf_write_slowly(unsigned kind, uint64_t time, uint64_t size, uint64_t address,
                     void *caller);

/**
 * Record an event.
 *
 * @kind
 *         enum mf_trace_kind.
 * @caller
 *         The return address where its stack begins; NULL for an event without a stack.
 */
static inline __attribute__((always_inline)) void
mf_write(unsigned kind, uint64_t size, const void *block, void *caller) {
    struct mf_writer *writer = mf_traced.writer;
    uint64_t address = (uintptr_t)block;
    uint64_t time = mf_event_time();
    unsigned length = 0;
    if (__builtin_expect(writer && mf_writer_take(writer), 1)) {
        unsigned char *at = writer->at;
        if (__builtin_expect(at < writer->end, 1)) {
            length = mf_trace_pack_short(at, &writer->state, kind, time, size, address);
        }
        if (__builtin_expect(length > 0, 1)) {
            writer->state.time = time;
            writer->state.address = address ? address : writer->state.address;
            writer->at = at + length;
        }
        mf_writer_leave(writer);
    }
    if (__builtin_expect(length == 0, 0)) {
        mf_write_slowly(kind, time, size, address, caller);
    }
}

/** Reserve room for many events: the program is about to give up system calls, and the library
 * makes none after that. Events of other threads, or further ones of this thread, may then be
 * lost. */
void mf_writer_prepare(void);

/** Begin to record in this process, if the environment asks for it; `mf_hot.next` is complete.
 * Called once, while the library starts. Returns whether it records. */
bool mf_writer_start(void);

#endif
