// SPDX-License-Identifier: MIT
// The exported functions: each keeps its contract (argument errors first, then injection,
// errno, the untouched block), asks the gate, and passes the call on.
#include "core/policy/resource.h"
#include "preload/base/bootstrap.h"
#include "preload/base/next.h"
#include "preload/entry/operator_new.h"
#include "preload/explore/explore.h"
#include "preload/explore/hold.h"
#include "preload/explore/surroundings.h"
#include "preload/heap/liveheap.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/gate.h"
#include "preload/policy/notice.h"
#include "preload/policy/startup.h"
#include "preload/stack/frames.h"
#include "preload/stack/modules.h"
#include "preload/trace/writer.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define CALLER __builtin_return_address(0)
/** Kept out of the hot paths, which then need no stack frame. */
#define ASIDE __attribute__((noinline))

/** What a refused call returns. */
static void *refused(void) {
    errno = ENOMEM;
    return mf_hold_refused();
}

/** Add a new block to the live heap. */
ASIDE MF_REALIGNED static void *grown(void *block, size_t size, void *caller) {
    mf_liveheap_grew(block, size, caller);
    return block;
}

/**
 * Pass a call on, and add the block to the live heap where that is counted.
 *
 * Where it is not, the next function is jumped to, and our frame is gone: an allocator that
 * walks the stack, as sanitizers do, finds the program's frames there.
 */
#define PASSED_ON(call, size, caller)                                                    \
    (mf_unlikely(mf_hot.heap_counted) ? grown(call, size, caller) : (call))

static bool power_of_two(size_t number) {
    return number && !(number & (number - 1));
}

ASIDE static void *malloc_asked(size_t size, void *caller) {
    if (mf_gate_passes_by_caller(caller)) {
        return mf_hot.next.malloc(size);
    }
    return mf_gate_passes_slow(MF_MALLOC, size, 0, caller)
               ? PASSED_ON(mf_hot.next.malloc(size), size, caller)
               : refused();
}

EXPORT void *malloc(size_t size) {
    return mf_likely(mf_gate_passes_fast(MF_MALLOC, size)) ? mf_hot.next.malloc(size)
                                                           : malloc_asked(size, CALLER);
}

EXPORT void *calloc(size_t count, size_t size) {
    size_t bytes;
    if (mf_unlikely(__builtin_mul_overflow(count, size, &bytes))) {
        return refused();
    }
    // A C library gives a second thread its first memory by calloc, before it starts it.
    if (mf_unlikely(mf.solo) && mf_unlikely(!*mf.single_threaded)) {
        mf_notice_second_thread();
    }
    return mf_gate_passes(MF_CALLOC, bytes, CALLER)
               ? PASSED_ON(mf_hot.next.calloc(count, size), bytes, CALLER)
               : refused();
}

/** Move a block out of the arena; its old place stays taken. */
static void *move_out(const void *block, size_t size) {
    void *moved = mf_hot.next.malloc(size);
    if (moved) {
        size_t old = mf_arena_size(&mf_bootstrap, block);
        memcpy(moved, block, old < size ? old : size);
    }
    return moved;
}

/** What does the work of realloc or reallocarray. */
static inline void *(*next_resize(enum mf_function function))(void *, size_t) {
    return function == MF_REALLOC ? mf_hot.next.realloc : mf_hot.next.reallocarray;
}

/** realloc while blocks are watched. */
ASIDE MF_REALIGNED static void *realloc_watched(void *block, size_t size,
                                                enum mf_function function, void *caller) {
    bool in_arena = mf_arena_owns(&mf_bootstrap, block);
    uint64_t freed = in_arena || !block ? 0 : mf_hot.next.malloc_usable_size(block);
    bool frees = block && size == 0;
    if (!frees && !mf_gate_passes_fast(function, size) &&
        !mf_gate_passes_slow(function, size, freed, caller)) {
        if (block && mf_hot.heap_counted) {
            mf_liveheap_refused(block, caller);
        }
        return refused();
    }
    if (!mf_hot.heap_counted) {
        return in_arena ? move_out(block, size) : next_resize(function)(block, size);
    }
    // Its place may be another block's before realloc() returns.
    bool goes = block && !in_arena;
    struct mf_held known = goes ? mf_liveheap_shrank(block) : (struct mf_held){0, 0};
    void *moved = in_arena ? move_out(block, size) : next_resize(function)(block, size);
    if (moved) {
        mf_liveheap_grew(moved, size, caller);
    } else if (goes && !frees) {
        mf_liveheap_stayed(block, &known);
    }
    return moved;
}

static inline void *resize(void *block, size_t size, enum mf_function function,
                           void *caller) {
    if (mf_unlikely(mf_hot.blocks_watched)) {
        return realloc_watched(block, size, function, caller);
    }
    if (mf_unlikely(block && size == 0)) {
        return next_resize(function)(block, 0);
    }
    return mf_gate_passes(function, size, caller) ? next_resize(function)(block, size)
                                                  : refused();
}

EXPORT void *realloc(void *block, size_t size) {
    return resize(block, size, MF_REALLOC, CALLER);
}

EXPORT void *reallocarray(void *block, size_t count, size_t size) {
    size_t bytes;
    if (mf_unlikely(__builtin_mul_overflow(count, size, &bytes))) {
        return refused();
    }
    return resize(block, bytes, MF_REALLOCARRAY, CALLER);
}

EXPORT void free(void *block) {
    mf_hot.free(block);
}

EXPORT size_t malloc_usable_size(void *block) {
    return mf_arena_owns(&mf_bootstrap, block) ? mf_bootstrap_size(block)
                                               : mf_hot.next.malloc_usable_size(block);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size) {
    if (!power_of_two(alignment) || alignment % sizeof(void *)) {
        return EINVAL;
    }
    if (!mf_gate_passes(MF_POSIX_MEMALIGN, size, CALLER)) {
        return ENOMEM;
    }
    if (mf_likely(!mf_hot.heap_counted)) {
        return mf_hot.next.posix_memalign(block, alignment, size);
    }
    int error = mf_hot.next.posix_memalign(block, alignment, size);
    if (!error) {
        grown(*block, size, CALLER);
    }
    return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
    if (power_of_two(alignment) && !mf_gate_passes(MF_ALIGNED_ALLOC, size, CALLER)) {
        return refused();
    }
    return PASSED_ON(mf_hot.next.aligned_alloc(alignment, size), size, CALLER);
}

EXPORT void *memalign(size_t alignment, size_t size) {
    return mf_gate_passes(MF_MEMALIGN, size, CALLER)
               ? PASSED_ON(mf_hot.next.memalign(alignment, size), size, CALLER)
               : refused();
}

EXPORT void *valloc(size_t size) {
    return mf_gate_passes(MF_VALLOC, size, CALLER)
               ? PASSED_ON(mf_hot.next.valloc((size_t)getpagesize(), size), size, CALLER)
               : refused();
}

// musl has no such function, and does not declare it.
void *pvalloc(size_t size);

EXPORT void *pvalloc(size_t size) {
    size_t page = (size_t)getpagesize();
    if (size > SIZE_MAX - page) {
        return refused();
    }
    size_t rounded = (size + page - 1) & ~(page - 1);
    return mf_gate_passes(MF_PVALLOC, size, CALLER)
               ? PASSED_ON(mf_hot.next.pvalloc(page, rounded ? rounded : page), size,
                           CALLER)
               : refused();
}

/** Whether a function that is off by default is asked for. */
static bool named(enum mf_function function) {
    return mf_hot.windows[function].count > 0;
}

/** Say what a refused call of such a function failed with. */
static void refuse(enum mf_function function) {
    errno = mf_resource_error(function, mf_self.error);
}

static void *refused_mapping(enum mf_function function) {
    mf_hold_refused();
    refuse(function);
    return MAP_FAILED;
}

EXPORT void *mmap(void *address, size_t size, int protection, int flags, int fd,
                  off_t offset) {
    if (named(MF_MMAP) && (flags & MAP_ANONYMOUS) &&
        !mf_gate_passes(MF_MMAP, size, CALLER)) {
        return refused_mapping(MF_MMAP);
    }
    // Closed pages are opened later, a few at a time.
    if ((flags & MAP_ANONYMOUS) &&
        (protection == PROT_NONE ||
         (protection & (PROT_WRITE | PROT_EXEC)) == PROT_WRITE)) {
        mf_notice_mapping(CALLER);
    }
    return mf_hot.next.mmap(address, size, protection, flags, fd, offset);
}

// A macro in musl.
#undef mmap64
_Static_assert(sizeof(off_t) == sizeof(off64_t), "mmap64 is mmap");
EXPORT void *mmap64(void *, size_t, int, int, int, off64_t)
    __attribute__((alias("mmap")));

EXPORT int madvise(void *address, size_t size, int advice) {
    if (advice == MADV_WIPEONFORK || advice == MADV_DONTFORK) {
        mf_surroundings_note_unforked();
    }
    long result = mf_sys_madvise(address, size, advice);
    if (result < 0) {
        errno = (int)-result;
    }
    return result < 0 ? -1 : 0;
}

EXPORT void *mremap(void *address, size_t old_size, size_t new_size, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    if (named(MF_MREMAP) && new_size > old_size &&
        !mf_gate_passes(MF_MREMAP, new_size, CALLER)) {
        return refused_mapping(MF_MREMAP);
    }
    return mf_hot.next.mremap(address, old_size, new_size, flags, to);
}

EXPORT void *sbrk(intptr_t increment) {
    if (!mf_hot.next.sbrk) {
        mf_startup_run();
    }
    if (!mf_hot.next.sbrk) {
        errno = ENOMEM;
        return (void *)-1;
    }
    if (named(MF_SBRK) && increment > 0 &&
        !mf_gate_passes(MF_SBRK, (size_t)increment, CALLER)) {
        return refused_mapping(MF_SBRK);
    }
    if (increment > 0) {
        mf_notice_mapping(CALLER);
    }
    return mf_hot.next.sbrk(increment);
}

/** How many bytes a brk() asks for; 0 when it gives some back. */
static size_t brk_growth(const void *end) {
    uintptr_t now = (uintptr_t)mf_hot.next.sbrk(0);
    return (uintptr_t)end > now ? (uintptr_t)end - now : 0;
}

EXPORT int brk(void *end) {
    if (!mf_hot.next.brk) {
        mf_startup_run();
    }
    if (!mf_hot.next.brk) {
        errno = ENOMEM;
        return -1;
    }
    size_t growth = named(MF_BRK) ? brk_growth(end) : 0;
    if (growth && !mf_gate_passes(MF_BRK, growth, CALLER)) {
        mf_hold_refused();
        refuse(MF_BRK);
        return -1;
    }
    return mf_hot.next.brk(end);
}

/** Cannot fail by us: interposed because a program that shuts itself in may not be able
 * to clone a child or to open files any more, and would be killed for trying. */
EXPORT int prctl(int option, ...) {
    unsigned long rest[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++) {
        rest[i] = va_arg(list, unsigned long);
    }
    va_end(list);
    if (!mf_hot.next.prctl) {
        mf_startup_run();
    }
    if (option == PR_SET_NO_NEW_PRIVS || option == PR_SET_SECCOMP) {
        mf_writer_prepare();
        mf_notice_shut_in(option == PR_SET_SECCOMP && rest[0] == SECCOMP_MODE_STRICT);
    }
    return mf_hot.next.prctl(option, rest[0], rest[1], rest[2], rest[3]);
}

#ifdef __GLIBC__
typedef enum __ptrace_request trace_request;
#else
typedef int trace_request;
#endif

/** Cannot fail by us: interposed because a process has one tracer only, and that can be
 * the runner. */
EXPORT long ptrace(trace_request request, ...) {
    unsigned long rest[3];
    va_list list;
    va_start(list, request);
    for (int i = 0; i < 3; i++) {
        rest[i] = va_arg(list, unsigned long);
    }
    va_end(list);
    if (!mf_hot.next.ptrace) {
        mf_startup_run();
    }
    long result = mf_hot.next.ptrace(request, rest[0], rest[1], rest[2]);
    if (result == -1 && errno == EPERM) {
        mf_notice_trace_refused();
    }
    return result;
}

/** Cannot fail by us: interposed because another module may come to lie where one
 * goes. */
EXPORT int dlclose(void *handle) {
    if (!mf_hot.next.dlclose) {
        mf_startup_run();
    }
    mf_explore_note_modules();
    int result = mf_hot.next.dlclose(handle);
    mf_modules_expire();
    mf_frames_expire();
    mf_active_policies_expire_sites();
    mf_hold_expire();
    mf_operator_new_expire();
    return result;
}

#if __has_attribute(copy)
static __typeof__(malloc) own_malloc __attribute__((alias("malloc"), copy(malloc)));
#else
static __typeof__(malloc) own_malloc __attribute__((alias("malloc")));
#endif

void *const mf_patch_own_malloc = (void *)own_malloc;
