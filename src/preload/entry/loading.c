// SPDX-License-Identifier: MIT
// dlopen(), which cannot fail by us: where functions are reached by linkage tables, those of
// what it loads are to be seen, too. It is not exported, but stands in those tables itself.
#include "preload/base/inside.h"
#include "preload/patch/linkage.h"

#include <errno.h>
#include <string.h>

/** Load, and have a look at what has come. */
static void *load(const char *file, int flags) {
    struct mf_inside_mark mark;
    void *handle = mf_linkage_next_load(file, flags);
    int saved = errno;
    if (handle && mf_inside_enter(&mark)) {
        mf_linkage_reach();
        mf_inside_leave();
    }
    errno = saved;
    return handle;
}

/** Whether it depends on the caller which file is meant, for it has "$ORIGIN". */
static bool is_relative(const char *file) {
    return file && strchr(file, '$');
}

// The next dlopen() is jumped to where it has to see who calls.
static void *load_by_usual(const char *file, int flags) {
    return is_relative(file) ? mf_linkage_next_load(file, flags) : load(file, flags);
}

static void *load_by_own(const char *file, int flags) {
    bool whole = !file || strchr(file, '/');
    return is_relative(file) || !whole ? mf_linkage_next_load(file, flags)
                                       : load(file, flags);
}

mf_linkage_load *const mf_linkage_loads[2] = {load_by_usual, load_by_own};
