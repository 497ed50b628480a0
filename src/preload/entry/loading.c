// SPDX-License-Identifier: MIT
// dlopen(), which cannot fail by us: the linkage tables of what it loads are to be seen, where
// functions are reached by them, and where a library finds the C library's functions before ours
// (RTLD_DEEPBIND); and what is to be patched in it, where the loader does not say before.
#include "preload/base/inside.h"
#include "preload/base/next.h"
#include "preload/patch/later.h"
#include "preload/patch/linkage.h"
#include "preload/policy/startup.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

// Another C library than glibc may not have it.
#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

/** Take note of what finds another malloc. */
static void note(uint64_t apart) {
    if (mf.process) {
        atomic_fetch_or_explicit(&mf.process->apart, apart, memory_order_relaxed);
    }
}

/** Load, and have a look at what has come. */
static __attribute__((noinline)) void *load(const char *file, int flags) {
    struct mf_inside_mark mark;
    void *handle = mf_hot.next.dlopen(file, flags);
    int saved = errno;
    if (handle && mf_inside_enter(&mark)) {
        if (mf_later_is_asked()) {
            mf_later_look();
        }
        if ((flags & RTLD_DEEPBIND) && mf_startup_stage() >= MF_READY) {
            note(mf_linkage_bind(handle));
        }
        mf_linkage_reach();
        mf_inside_leave();
    }
    errno = saved;
    return handle;
}

/** Whether it depends on the caller which file is meant: it has "$ORIGIN", or is looked for
 * where the caller's file says. */
static bool is_relative(const char *file, const void *caller) {
    return file &&
           (strchr(file, '$') || (!strchr(file, '/') && mf_linkage_has_path(caller)));
}

/** The next dlopen() is jumped to where it may have to see who calls. */
EXPORT void *dlopen(const char *file, int flags) {
    if (!mf_hot.next.dlopen) {
        mf_startup_run();
    }
    bool deep = flags & RTLD_DEEPBIND;
    if (!deep && !mf_linkage_wanted() && !mf_later_is_asked()) {
        return mf_hot.next.dlopen(file, flags);
    }
    if (is_relative(file, __builtin_return_address(0))) {
        note(deep ? MF_APART_PAST : 0);
        return mf_hot.next.dlopen(file, flags);
    }
    return load(file, flags);
}

#ifdef __GLIBC__
void *dlmopen(long space, const char *file, int flags);

EXPORT void *dlmopen(long space, const char *file, int flags) {
    if (!mf_hot.next.dlmopen) {
        mf_startup_run();
    }
    if (!mf_hot.next.dlmopen) {
        errno = ENOSYS;
        return NULL;
    }
    if (space != LM_ID_BASE) {
        note(MF_APART_SPACE);
    } else if (flags & RTLD_DEEPBIND) {
        note(MF_APART_PAST);
    }
    return mf_hot.next.dlmopen(space, file, flags);
}
#endif
