// SPDX-License-Identifier: MIT
// A block is noted after it was handed out and before it is given back, so that its time
// in the trace lies within its life: another thread that gets the same address is noted
// in between.
#include "preload/trace/record.h"

#include "preload/base/next.h"
#include "preload/trace/writer.h"

#include <errno.h>

#define CALLER     __builtin_return_address(0)
#define KIND(name) ((unsigned)(name) + 1)

static void *record_malloc(size_t size) {
    void *block = mf_recorder.real.malloc(size);
    mf_write(KIND(MF_MALLOC), size, block, CALLER);
    return block;
}

static void *record_calloc(size_t count, size_t size) {
    void *block = mf_recorder.real.calloc(count, size);
    mf_write(KIND(MF_CALLOC), count * size, block, CALLER);
    return block;
}

static inline __attribute__((always_inline)) void *
record_resize(void *block, size_t size, unsigned kind, void *caller) {
    if (block) {
        mf_write(MF_TRACE_RESIZE, 0, block, NULL);
    }
    void *moved = mf_recorder.real.realloc(block, size);
    mf_write(kind, size, moved, caller);
    return moved;
}

static void *record_realloc(void *block, size_t size) {
    return record_resize(block, size, KIND(MF_REALLOC), CALLER);
}

static void *record_reallocarray(void *block, size_t size) {
    return record_resize(block, size, KIND(MF_REALLOCARRAY), CALLER);
}

static void record_free(void *block) {
    if (block) {
        mf_write(MF_TRACE_FREE, 0, block, NULL);
    }
    mf_recorder.real.free(block);
}

static int record_posix_memalign(void **block, size_t alignment, size_t size) {
    int error = mf_recorder.real.posix_memalign(block, alignment, size);
    if (error == 0 || error == ENOMEM) {
        mf_write(KIND(MF_POSIX_MEMALIGN), size, error ? NULL : *block, CALLER);
    }
    return error;
}

static void *record_aligned_alloc(size_t alignment, size_t size) {
    void *block = mf_recorder.real.aligned_alloc(alignment, size);
    mf_write(KIND(MF_ALIGNED_ALLOC), size, block, CALLER);
    return block;
}

static void *record_memalign(size_t alignment, size_t size) {
    void *block = mf_recorder.real.memalign(alignment, size);
    mf_write(KIND(MF_MEMALIGN), size, block, CALLER);
    return block;
}

static void *record_valloc(size_t alignment, size_t size) {
    void *block = mf_recorder.real.memalign(alignment, size);
    mf_write(KIND(MF_VALLOC), size, block, CALLER);
    return block;
}

static void *record_pvalloc(size_t alignment, size_t size) {
    void *block = mf_recorder.real.memalign(alignment, size);
    mf_write(KIND(MF_PVALLOC), size, block, CALLER);
    return block;
}

void mf_record_refused(enum mf_function function, uint64_t size, uintptr_t caller) {
    if (mf_recorder.real.malloc) {
        mf_write_slowly(MF_TRACE_REFUSED, mf_event_time(), size, (uint64_t)function << 3,
                        (void *)caller);
    }
}

void mf_record_start(void) {
    if (!mf_writer_start()) {
        return;
    }
    struct mf_next *next = &mf_hot.next;
    next->malloc = record_malloc;
    next->calloc = record_calloc;
    next->realloc = record_realloc;
    next->reallocarray = record_reallocarray;
    next->free = record_free;
    next->posix_memalign = record_posix_memalign;
    next->aligned_alloc = record_aligned_alloc;
    next->memalign = record_memalign;
    next->valloc = record_valloc;
    next->pvalloc = record_pvalloc;
}
