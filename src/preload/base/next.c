// SPDX-License-Identifier: MIT
#include "preload/base/next.h"

#include "preload/base/bootstrap.h"
#include "preload/base/substitutes.h"
#include "preload/base/sys.h"

#include <dlfcn.h>
#include <string.h>

/** Not in another C library than glibc. */
const char *gnu_get_libc_version(void) __attribute__((weak));

struct mf_hot mf_hot = {
    .next =
        {
            .malloc = mf_bootstrap_malloc,
            .calloc = mf_bootstrap_calloc,
            .realloc = mf_bootstrap_realloc,
            .free = mf_bootstrap_free,
            .posix_memalign = mf_bootstrap_posix_memalign,
            .aligned_alloc = mf_bootstrap_aligned_alloc,
            .memalign = mf_bootstrap_aligned_alloc,
            .reallocarray = mf_bootstrap_realloc,
            .valloc = mf_bootstrap_aligned_alloc,
            .pvalloc = mf_bootstrap_aligned_alloc,
            .malloc_usable_size = mf_bootstrap_size,
            .mmap = mf_sys_mmap,
            .mremap = mf_sys_mremap,
        },
    .free = mf_bootstrap_free,
    .blocks_watched = true,
};

/** One function to look up: its name and where its address goes. */
struct wanted {
    const char *name;
    size_t offset;
    bool needed;
};

#define NEXT(function)                                                                   \
    { #function, offsetof(struct mf_next, function), true }

static const struct wanted wanted[] = {
    NEXT(malloc),
    NEXT(calloc),
    NEXT(realloc),
    NEXT(free),
    NEXT(posix_memalign),
    NEXT(aligned_alloc),
    NEXT(memalign),
    NEXT(malloc_usable_size),
    NEXT(mmap),
    NEXT(mremap),
    NEXT(brk),
    NEXT(sbrk),
    NEXT(dlclose),
    NEXT(dlopen),
    {"dlmopen", offsetof(struct mf_next, dlmopen), false},
    NEXT(prctl),
    NEXT(ptrace),
    {"_exit", offsetof(struct mf_next, exit_now), false},
    {"pthread_key_create", offsetof(struct mf_next, key_create), false},
    {"pthread_setspecific", offsetof(struct mf_next, key_set), false},
    {"execve", offsetof(struct mf_next, execve), false},
    {"execvpe", offsetof(struct mf_next, execvpe), false},
    {"fexecve", offsetof(struct mf_next, fexecve), false},
    {"posix_spawn", offsetof(struct mf_next, spawn), false},
    {"posix_spawnp", offsetof(struct mf_next, spawnp), false},
};

const char *mf_next_find(void) {
    struct mf_next found = mf_hot.next;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        void *address = dlsym(RTLD_NEXT, wanted[i].name);
        if (address) {
            memcpy((char *)&found + wanted[i].offset, &address, sizeof(address));
        } else if (wanted[i].needed) {
            return wanted[i].name;
        }
    }
    if (!gnu_get_libc_version) {
        mf_substitutes_take(&found);
    }
    mf_hot.next = found;
    mf_next_alias();
    return NULL;
}

void mf_next_alias(void) {
    mf_hot.next.reallocarray = mf_hot.next.realloc;
    mf_hot.next.valloc = mf_hot.next.memalign;
    mf_hot.next.pvalloc = mf_hot.next.memalign;
}
