// SPDX-License-Identifier: MIT
#include "runner/suite/spared.h"

#include "runner/diagnose/callname.h"
#include "runner/points/byfunction.h"
#include "runner/util/path.h"

#include <stdlib.h>
#include <string.h>

/** What was said of a stack. */
enum said {
    SAID_NOTHING,
    SAID_WANTED,
    SAID_SPARED,
};

struct spared {
    /** enum said, for each stack. */
    unsigned char said[STACKS_ROOM];
    /** The functions of modules, as far as they are open. */
    struct functions functions[MF_MODULES_MAX];
    bool open[MF_MODULES_MAX];
};

struct spared *spared_new(void) {
    return calloc(1, sizeof(struct spared));
}

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

/** Whether the modules of a stack are not wanted. */
static bool is_of_other_modules(const struct mf_head *head, const struct mf_frame *frames,
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

/** Whether the functions of a stack are not wanted. */
static bool is_of_other_functions(struct spared *spared, const struct mf_head *head,
                                  const struct mf_frame *frames, size_t count,
                                  const struct points_choice *choice) {
    const struct stacks_globs *only = &choice->only_function;
    const struct stacks_globs *skip = &choice->skip_function;
    struct byfunction_matches all = {0};
    if (only->count == 0 && skip->count == 0) {
        return false;
    }
    for (size_t i = 0; i < count && i < MF_FRAMES_MAX; i++) {
        const char *path = path_of(head, &frames[i]);
        if (!path || callname_is_library(path_base(path))) {
            continue;
        }
        uint64_t module = frames[i].module;
        if (!spared->open[module]) {
            functions_open(&spared->functions[module], &head->modules[module]);
            spared->open[module] = true;
        }
        struct byfunction_matches one =
            byfunction_match(&spared->functions[module], frames[i].offset, only, skip);
        all.only |= one.only;
        all.skip |= one.skip;
    }
    return (only->count > 0 && !all.only) || all.skip;
}

bool spared_find(struct spared *spared, const struct mf_head *head, uint64_t stack,
                 const struct mf_frame *frames, size_t count,
                 const struct points_choice *choice) {
    unsigned char *said = &spared->said[stack];
    if (*said == SAID_NOTHING) {
        bool is = is_of_other_modules(head, frames, count, choice) ||
                  is_of_other_functions(spared, head, frames, count, choice);
        *said = is ? SAID_SPARED : SAID_WANTED;
    }
    return *said == SAID_SPARED;
}

void spared_free(struct spared *spared) {
    for (size_t i = 0; spared && i < MF_MODULES_MAX; i++) {
        if (spared->open[i]) {
            functions_close(&spared->functions[i]);
        }
    }
    free(spared);
}
