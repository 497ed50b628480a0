// SPDX-License-Identifier: MIT
// strdup() and its like, where they never come to malloc: a sanitizer's run-time has them itself,
// and takes the memory from deep inside. Calls come here by a jump or a linkage table, as
// allocations, and are passed on by a jump, so that the sanitizer finds the program's frames.
#include "preload/base/next.h"
#include "preload/explore/hold.h"
#include "preload/heap/liveheap.h"
#include "preload/patch/linkage.h"
#include "preload/patch/patch.h"
#include "preload/policy/gate.h"

#include <errno.h>
#include <limits.h>

#define CALLER __builtin_return_address(0)

typedef char *copy_function(const char *text, uintptr_t second);

/** The function as it was. */
static copy_function *next(enum mf_copier which) {
    void *patched = which <= MF_COPIER_STRNDUP
                        ? mf_patch_original((enum mf_entry)(MF_ENTRY_STRDUP + which))
                        : NULL;
    return (copy_function *)(patched ? patched : mf_linkage_copier(which));
}

/** How many bytes a copy of a text takes that ends after `most` at the latest. */
static size_t size_of(const char *text, size_t most) {
    size_t length = 0;
    while (length < most && ((const volatile char *)text)[length]) {
        length++;
    }
    return length + 1;
}

MF_REALIGNED static __attribute__((noinline)) char *grown(char *copy, size_t size,
                                                          void *caller) {
    mf_liveheap_grew(copy, size, caller);
    return copy;
}

/** One call of one of them. */
static inline __attribute__((always_inline)) char *
copy(enum mf_copier which, const char *text, uintptr_t second, size_t size) {
    if (!mf_gate_passes(MF_MALLOC, size, CALLER)) {
        errno = ENOMEM;
        return mf_hold_refused();
    }
    return mf_unlikely(mf_hot.heap_counted)
               ? grown(next(which)(text, second), size, CALLER)
               : next(which)(text, second);
}

static char *own_strdup(const char *text, uintptr_t unused) {
    return copy(MF_COPIER_STRDUP, text, unused, size_of(text, SIZE_MAX));
}

/** By the name that it has in headers. */
static char *own_internal_strdup(const char *text, uintptr_t unused) {
    return copy(MF_COPIER_INTERNAL_STRDUP, text, unused, size_of(text, SIZE_MAX));
}

static char *own_strndup(const char *text, uintptr_t most) {
    return copy(MF_COPIER_STRNDUP, text, most, size_of(text, most));
}

static char *own_realpath(const char *path, uintptr_t resolved) {
    return resolved ? next(MF_COPIER_REALPATH)(path, resolved)
                    : copy(MF_COPIER_REALPATH, path, 0, PATH_MAX);
}

void *const mf_patch_copiers[MF_COPIERS] = {
    [MF_COPIER_STRDUP] = (void *)own_strdup,
    [MF_COPIER_INTERNAL_STRDUP] = (void *)own_internal_strdup,
    [MF_COPIER_STRNDUP] = (void *)own_strndup,
    [MF_COPIER_REALPATH] = (void *)own_realpath,
};
