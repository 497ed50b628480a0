// SPDX-License-Identifier: MIT
#include "runner/suite/spared.h"

#include "runner/diagnose/callname.h"
#include "runner/util/path.h"

#include <string.h>

/** Whether a stack matches one of some patterns. */
static bool matches(const struct stacks *stacks, const struct stacks_entry *entry,
                    const struct stacks_globs *globs) {
    for (unsigned i = 0; i < globs->count; i++) {
        if (stacks_match(stacks, entry, globs->list[i])) {
            return true;
        }
    }
    return false;
}

/** The path of a frame's module; NULL = it has none. */
static const char *path_of(const struct mf_head *head, const struct mf_frame *frame) {
    const struct mf_module *module =
        frame->module < MF_MODULES_MAX ? &head->modules[frame->module] : NULL;
    return module && memchr(module->path, '\0', sizeof(module->path)) ? module->path
                                                                      : NULL;
}

bool spared_by_modules(const struct mf_head *head, const struct mf_frame *frames,
                       size_t count, const struct points_choice *choice) {
    struct frame places[MF_FRAMES_MAX];
    const struct stacks stacks = {
        .frames = places,
        // Nothing is written there.
        .modules = {.entries = (struct mf_module *)head->modules,
                    .count = MF_MODULES_MAX},
    };
    struct stacks_entry entry = {0};
    if (choice->only.count == 0 && choice->skip.count == 0) {
        return false;
    }
    for (size_t i = 0; i < count && i < MF_FRAMES_MAX; i++) {
        const char *path = path_of(head, &frames[i]);
        places[i] =
            (struct frame){.module = path ? (uint32_t)frames[i].module : MODULE_NONE};
        entry.count++;
        if (entry.near == 0 && path && !callname_is_library(path_base(path))) {
            entry.near = entry.count;
        }
    }
    entry.near = entry.near ? entry.near : entry.count;
    return (choice->only.count > 0 && !matches(&stacks, &entry, &choice->only)) ||
           matches(&stacks, &entry, &choice->skip);
}
