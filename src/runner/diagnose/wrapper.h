// SPDX-License-Identifier: MIT
/** Places in functions that allocate for their callers, as malloc() does. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_WRAPPER_H
#define MF_RUNNER_DIAGNOSE_WRAPPER_H

#include "runner/code/modules.h"

#include <stdbool.h>
#include <string.h>

/** How it is known. */
enum wrapper_kind {
    /** By what it does. */
    WRAPPER_FOUND,
    /** The user named it. */
    WRAPPER_NAMED,
    /** By a name that is well known: xmalloc. */
    WRAPPER_KNOWN,
};

struct wrapper {
    enum wrapper_kind kind;
    /** The module's base name, which is not owned, and the function's; NULL = unknown. */
    const char *module;
    char *function;
    /** Behind its call of what allocates, and where the function begins. */
    struct frame place;
    uint64_t start;
};

struct wrappers {
    struct wrapper *list;
    size_t count, room;
    /** Whether some function's machine code was wanted and could not be read: then there
     * may be more than those that are known by name. */
    bool unread;
};

/** Whether a place is one of them; NULL is nothing. */
static inline bool wrappers_have(const struct wrappers *wrappers, const char *module,
                                 uint64_t offset) {
    for (size_t i = 0; wrappers && module && i < wrappers->count; i++) {
        const struct wrapper *wrapper = &wrappers->list[i];
        if (wrapper->place.offset == offset && strcmp(wrapper->module, module) == 0) {
            return true;
        }
    }
    return false;
}

#endif
