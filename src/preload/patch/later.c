// SPDX-License-Identifier: MIT
#include "preload/patch/later.h"

#include "preload/base/inside.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/patch/defines.h"
#include "preload/patch/loader.h"
#include "preload/patch/patch.h"
#include "preload/patch/program.h"
#include "preload/patch/writing.h"

#include <string.h>

/** The most that is loaded at a time: what is more is not looked at. */
#define SEEN_MAX 2048
/** The most libraries that are patched at a time. */
#define MODULES_MAX 32

/** A library that is patched. */
struct module {
    /** NULL = the place is free. */
    const struct link_map *map;
    /** Its functions. */
    uint32_t first, count;
    /** The place near it. */
    unsigned char *place;
    size_t size;
};

static struct {
    int32_t runner;
    bool wanted, heard;
    struct mf_defines defines;
    /** What was loaded when it was last looked at, in the loader's order. */
    const struct link_map *seen[SEEN_MAX];
    unsigned seen_count;
    struct mf_later functions[MF_LATER_MAX];
    struct module modules[MODULES_MAX];
    /** The first function of the library that is being patched, and where that lies. */
    uint32_t first;
    uintptr_t bias;
} mf_later;

const struct mf_later *mf_later_at(uint32_t number) {
    return &mf_later.functions[number % MF_LATER_MAX];
}

bool mf_later_has_malloc(const void *entry) {
    // The jump can be behind an instruction that only says that it is an entry.
    enum { LANDING = 4 };
    bool has = false;
    for (unsigned i = 0; i < MF_LATER_MAX; i++) {
        const struct mf_later *function = &mf_later.functions[i];
        has |= function->original && function->entry == MF_MALLOC &&
               function->jump - (uintptr_t)entry <= LANDING;
    }
    return has;
}

/** Forget a library that has been unloaded: nothing runs in it, nor in its copies. */
static void forget(const struct link_map *map) {
    for (unsigned i = 0; i < MODULES_MAX; i++) {
        struct module *module = &mf_later.modules[i];
        if (module->map == map) {
            for (uint32_t k = 0; k < module->count; k++) {
                mf_later.functions[module->first + k].original = NULL;
            }
            mf_sys_unmap(module->place, module->size);
            module->map = NULL;
        }
    }
}

/** Find a place for a library; NULL = there is none. */
static struct module *find_place(void) {
    for (unsigned i = 0; i < MODULES_MAX; i++) {
        if (!mf_later.modules[i].map) {
            return &mf_later.modules[i];
        }
    }
    return NULL;
}

/** Find so many free numbers in a row; MF_LATER_MAX = there are none. */
static uint32_t find_numbers(uint32_t count) {
    uint32_t free = 0;
    for (uint32_t i = 0; i < MF_LATER_MAX; i++) {
        free = mf_later.functions[i].original ? 0 : free + 1;
        if (free == count) {
            return i + 1 - count;
        }
    }
    return MF_LATER_MAX;
}

static void note(const struct mf_patch *patch, uint32_t index, void *original) {
    mf_later.functions[mf_later.first + index] =
        (struct mf_later){.original = original,
                          .jump = mf_later.bias + patch->address,
                          .entry = patch->entry,
                          .named = patch->named};
}

/** Patch a library that has just been mapped. */
static void patch(const struct link_map *map, const struct mf_patches *patches) {
    struct module *module = find_place();
    mf_later.first = find_numbers(patches->count);
    mf_later.bias = map->l_addr;
    if (!module || mf_later.first == MF_LATER_MAX) {
        mf_say("functions of ", map->l_name, " do not fail: there are too many of them",
               NULL);
        return;
    }
    struct mf_writing writing = {.patches = patches,
                                 .file = &patches->files[0],
                                 .later = MF_PATCH_LATER + mf_later.first,
                                 .bias = map->l_addr,
                                 .note = note};
    if (mf_writing_run(&writing) != MF_PATCH_DONE) {
        mf_say("functions of ", map->l_name, " do not fail: it cannot be patched", NULL);
    }
    *module =
        (struct module){map, mf_later.first, patches->count, writing.place, writing.size};
}

/** Look at what was there from the beginning: the runner has looked at that. */
static void look_at_first(const struct link_map *map) {
    const struct mf_patches *patches =
        map->l_name && map->l_name[0] ? mf_program_known_module(map->l_name) : NULL;
    if (patches && patches->count > 0) {
        patch(map, patches);
    }
}

/** Look at what has come. */
static void look_at(const struct link_map *map) {
    int file = map->l_name && map->l_name[0] ? mf_sys_open(map->l_name, false) : -1;
    if (file < 0) {
        return;
    }
    const struct mf_patches *patches = NULL;
    if (mf_defines_any(&mf_later.defines, file)) {
        patches = mf_program_find_module(mf_later.runner, file, &mf.head->patches);
    }
    mf_sys_close(file);
    if (patches && patches->count > 0) {
        patch(map, patches);
    }
}

void mf_later_look(void) {
    unsigned old = 0, kept = 0, old_count = mf_later.seen_count;
    const struct link_map *map = mf_loader_list();
    // The loader keeps the order, and adds at the end.
    for (; map && old < old_count; old++) {
        if (mf_later.seen[old] == map) {
            mf_later.seen[kept++] = map;
            map = map->l_next;
        } else {
            forget(mf_later.seen[old]);
        }
    }
    for (; old < old_count; old++) {
        forget(mf_later.seen[old]);
    }
    for (; map && kept < SEEN_MAX; map = map->l_next) {
        mf_later.seen[kept++] = map;
        if (!mf_later.wanted) {
            look_at_first(map);
        } else if (!mf_is_shut_in()) {
            look_at(map);
        }
    }
    mf_later.seen_count = kept;
}

/** What the loader calls, on the thread that loads or unloads. */
static void on_change(void) {
    struct mf_inside_mark mark;
    if (mf_inside_enter(&mark)) {
        mf_later_look();
        mf_inside_leave();
    }
}

bool mf_later_is_asked(void) {
    return mf_later.wanted && !mf_later.heard;
}

void mf_later_start(int32_t runner) {
    if (!mf.head || mf_later.wanted || !mf_loader_list()) {
        return;
    }
    const struct mf_patches *patches = &mf.head->patches;
    mf_later.runner = runner;
    for (uint32_t i = 0; i < patches->named_count && i < MF_NAMED_MAX; i++) {
        if (patches->named_later >> i & 1) {
            mf_defines_add(&mf_later.defines, patches->named[i].name);
        }
    }
    mf_later_look();
    mf_later.heard = mf_loader_listen(on_change);
    mf_later.wanted = true;
}
