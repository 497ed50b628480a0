// SPDX-License-Identifier: MIT
#include "preload/trace/writer.h"

#include "preload/base/env.h"
#include "preload/base/sys.h"
#include "preload/trace/definitions.h"
#include "preload/trace/tracefile.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

_Static_assert(offsetof(struct mf_recorder, real) % MF_PAGE == 0, "wiped by the page");

struct mf_recorder mf_recorder;
__thread struct mf_traced_thread mf_traced;

/** Of the time units a writer can go on before it notes the time on both clocks again. */
#define NOTE_EVERY (UINT64_C(1) << 22)
/** How many owners of writers are asked whether they live when one is wanted. */
#define ASKED_MAX 4

static bool claim(struct mf_writer *writer, uint32_t tid, uint32_t owner) {
    return atomic_load_explicit(&writer->owner, memory_order_relaxed) == owner &&
           atomic_compare_exchange_strong_explicit(
               &writer->owner, &owner, tid, memory_order_acquire, memory_order_relaxed);
}

/** Take a writer over from a thread that has ended without giving it back. */
static struct mf_writer *inherit(uint32_t used, uint32_t tid) {
    for (uint32_t i = 0; i < used && i < ASKED_MAX; i++) {
        struct mf_writer *writer = &mf_recorder.writers[(tid * 7 + i) % used];
        uint32_t owner = atomic_load_explicit(&writer->owner, memory_order_relaxed);
        if (owner && !mf_sys_lives((int)owner) && claim(writer, tid, owner)) {
            // It may have ended in the middle of an event.
            writer->at = NULL;
            writer->busy = false;
            return writer;
        }
    }
    return NULL;
}

/** Begin to use a further writer. Another thread that looks for one may take it as soon
 * as it is counted: then the one behind it is asked for. */
static struct mf_writer *begin_writer(uint32_t tid) {
    struct mf_writer *writer = NULL;
    uint32_t at = atomic_load(&mf_recorder.head->streams);
    while (!writer && at < MF_TRACE_STREAMS_MAX) {
        at = atomic_fetch_add(&mf_recorder.head->streams, 1);
        if (at < MF_TRACE_STREAMS_MAX && claim(&mf_recorder.writers[at], tid, 0)) {
            writer = &mf_recorder.writers[at];
        }
    }
    return writer;
}

/** Find a writer that is nobody's; NULL when all are taken. */
static struct mf_writer *find_writer(uint32_t tid) {
    uint32_t used = atomic_load(&mf_recorder.head->streams);
    used = used < MF_TRACE_STREAMS_MAX ? used : MF_TRACE_STREAMS_MAX;
    for (uint32_t i = 0; i < used; i++) {
        if (claim(&mf_recorder.writers[i], tid, 0)) {
            return &mf_recorder.writers[i];
        }
    }
    struct mf_writer *writer = inherit(used, tid);
    return writer ? writer : begin_writer(tid);
}

/** Make the file of a process that has none, unless another thread is about to. */
static bool open_file(void) {
    uint32_t stage = MF_RECORDER_NEW;
    if (!atomic_compare_exchange_strong(&mf_recorder.stage, &stage,
                                        MF_RECORDER_OPENING)) {
        return stage == MF_RECORDER_OPEN;
    }
    // In a child of a fork: what the thread knows is its parent's.
    mf_traced = (struct mf_traced_thread){NULL, 0, 0};
    bool open =
        mf_tracefile_open() && (!mf_recorder.with_stacks || mf_definitions_open());
    if (open) {
        mf_recorder.head->lost += atomic_load(&mf_recorder.lost);
    }
    atomic_store(&mf_recorder.stage, open ? MF_RECORDER_OPEN : MF_RECORDER_STOPPED);
    return open;
}

/** Give the thread its index in the trace. */
static void introduce(void) {
    if (mf_traced.index == 0) {
        mf_traced.tid = mf_tid();
        mf_traced.index = atomic_fetch_add(&mf_recorder.head->threads, 1) + 1;
        if (mf_traced.index > 1) {
            atomic_store(&mf_recorder.many, 1);
        }
    }
}

static void name_thread(struct mf_trace_chunk *chunk) {
    chunk->thread = mf_traced.index;
    chunk->tid = mf_traced.tid;
}

/** Where the writer's next event goes: into a further chunk; NULL if there is none. */
static unsigned char *extend(struct mf_writer *writer, uint64_t size) {
    struct mf_trace_chunk *chunk = mf_tracefile_extend(writer, MF_TRACE_EVENTS, size);
    if (!chunk) {
        return NULL;
    }
    name_thread(chunk);
    writer->thread = mf_traced.index;
    writer->state = (struct mf_trace_state){chunk->begin.units, 0};
    writer->noted = chunk->begin.units;
    unsigned char *last = (unsigned char *)chunk + chunk->size - MF_TRACE_EVENT_MAX;
    writer->end = mf_recorder.with_stacks ? NULL : last;
    atomic_store_explicit(&chunk->magic, MF_TRACE_CHUNK_MAGIC, memory_order_release);
    return (unsigned char *)(chunk + 1);
}

/** Where an event can go, `at` if it is fit; NULL when there is no room any more. In a
 * new chunk it is of now: a block's time may come later, as long as the block is the
 * thread's. */
static unsigned char *make_room(struct mf_writer *writer, unsigned char *at,
                                struct mf_trace_event *event) {
    const struct mf_trace_chunk *chunk = writer->events;
    // Two events: the thread may have to be told first.
    if (at && at <= (const unsigned char *)chunk + chunk->size - 2 * MF_TRACE_EVENT_MAX) {
        return at;
    }
    at = extend(writer, 0);
    event->time = mf_event_time();
    return at;
}

/** Note the time on both clocks, now and then. */
static void note_moment(struct mf_writer *writer, uint64_t time) {
    if (time - writer->noted < NOTE_EVERY) {
        return;
    }
    struct mf_trace_moment *later = &writer->events->later;
    writer->noted = time;
    later->ns = 0;
    atomic_signal_fence(memory_order_seq_cst);
    later->units = mf_ticks();
    uint64_t now = mf_sys_now();
    atomic_signal_fence(memory_order_seq_cst);
    later->ns = now;
}

/** Write one event; where the next one goes. */
static unsigned char *write_event(struct mf_writer *writer, unsigned char *at,
                                  const struct mf_trace_event *event, int32_t stack) {
    if (writer->thread != mf_traced.index) {
        at += mf_trace_pack(at, &writer->state, MF_TRACE_THREAD, event->time,
                            mf_traced.index, (uint64_t)mf_traced.tid << 3, -1);
        writer->thread = mf_traced.index;
    }
    return at + mf_trace_pack(at, &writer->state, event->kind, event->time, event->size,
                              event->address, stack);
}

/** Count an event that cannot be written. */
static void lose(void) {
    struct mf_trace_head *head = mf_recorder.head;
    atomic_fetch_add_explicit(head ? &head->lost : &mf_recorder.lost, 1,
                              memory_order_relaxed);
}

/** Write an event with a writer that is the caller's. */
static void write_with(struct mf_writer *writer, struct mf_trace_event *event,
                       void *caller) {
    int32_t stack = -1;
    if (mf_recorder.with_stacks && mf_trace_allocates(event->kind)) {
        stack = (int32_t)mf_definitions_stack(writer, caller);
    }
    unsigned char *at = make_room(writer, writer->at, event);
    if (at) {
        writer->at = write_event(writer, at, event, stack);
        note_moment(writer, event->time);
    } else {
        atomic_store(&mf_recorder.stage, MF_RECORDER_STOPPED);
        lose();
    }
}

/** Write an event with another writer than the thread's own, which is busy. */
static void write_borrowed(struct mf_trace_event *event, void *caller) {
    struct mf_writer *writer = find_writer((uint32_t)mf_traced.tid);
    if (!writer) {
        lose();
        return;
    }
    write_with(writer, event, caller);
    atomic_store_explicit(&writer->owner, 0, memory_order_release);
}

/** Give the thread a writer; whether there is one. */
static bool own_writer(void) {
    struct mf_writer *writer = find_writer((uint32_t)mf_traced.tid);
    mf_traced.writer = writer;
    if (writer && mf_recorder.exit_hooked) {
        mf_recorder.real.key_set(mf_recorder.exit_key, writer);
    }
    return writer;
}

__attribute__((noinline)) void mf_write_slowly(unsigned kind, uint64_t time,
                                               uint64_t size, uint64_t address,
                                               void *caller) {
    struct mf_trace_event event = {time, size, address, 0, kind};
    int saved = errno;
    // A thread that is new to us would have to ask the kernel for its name.
    bool shut_in = mf_is_shut_in() && mf_traced.index == 0;
    bool open = atomic_load(&mf_recorder.stage) == MF_RECORDER_OPEN;
    if (shut_in || (!open && !open_file())) {
        lose();
    } else {
        introduce();
        if (!mf_traced.writer && !own_writer()) {
            lose();
        } else if (mf_writer_take(mf_traced.writer)) {
            write_with(mf_traced.writer, &event, caller);
            mf_writer_leave(mf_traced.writer);
        } else {
            write_borrowed(&event, caller);
        }
    }
    errno = saved;
}

void mf_writer_prepare(void) {
    int saved = errno;
    struct mf_writer *writer = mf_traced.writer;
    if (writer && atomic_load(&mf_recorder.stage) == MF_RECORDER_OPEN &&
        mf_writer_take(writer)) {
        unsigned char *larger = extend(writer, MF_TRACE_CHUNK_MAX);
        writer->at = larger ? larger : writer->at;
        mf_writer_leave(writer);
    }
    errno = saved;
}

/** A thread ends: its writer goes back. It may allocate and come again. */
static void on_thread_exit(void *pointer) {
    struct mf_writer *writer = pointer;
    if (mf_traced.writer == writer && !writer->busy) {
        mf_traced.writer = NULL;
        atomic_store_explicit(&writer->owner, 0, memory_order_release);
    }
}

/** Make the name absolute: the program may change its directory. */
static bool set_name(const char *name) {
    char *wanted = mf_recorder.wanted;
    size_t length = 0;
    if (name[0] != '/') {
        length = mf_sys_directory(wanted, MF_PATH_MAX);
        if (length == 0 || length + 1 >= MF_PATH_MAX) {
            return false;
        }
        wanted[length++] = '/';
    }
    // A process's id and a number go behind it.
    if (length + strlen(name) + 2 * MF_DIGITS >= MF_PATH_MAX) {
        return false;
    }
    strcpy(wanted + length, name);
    return true;
}

bool mf_writer_start(void) {
    const char *name = mf_env_find(MF_TRACE_VARIABLE);
    const char *stacks = mf_env_find(MF_TRACE_STACKS_VARIABLE);
    if (!name || !name[0] || getauxval(AT_SECURE)) {
        return false;
    }
    mf_recorder.with_stacks = stacks && stacks[0] && strcmp(stacks, "0") != 0;
    mf_recorder.real = mf_hot.next;
    mf_sys_wipe_on_fork(&mf_recorder, offsetof(struct mf_recorder, real));
    if (!set_name(name) || !open_file()) {
        mf_say(name, ": cannot be created; nothing will be traced", NULL);
        return false;
    }
    mf_recorder.exit_hooked =
        mf_recorder.real.key_create && mf_recorder.real.key_set &&
        mf_recorder.real.key_create(&mf_recorder.exit_key, on_thread_exit) == 0;
    return true;
}
