// SPDX-License-Identifier: MIT
#include "runner/code/modules.h"

#include "core/channel/stackid.h"
#include "runner/code/elffile.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>

/** What Linux puts behind the path of a file that is gone. */
#define DELETED " (deleted)"

static bool same(const struct mf_module *a, const struct mf_module *b) {
    return a->build_id_length == b->build_id_length &&
           memcmp(a->build_id, b->build_id, a->build_id_length) == 0 &&
           (a->code == b->code || a->code == 0 || b->code == 0) &&
           strcmp(a->path, b->path) == 0;
}

/** Room for one more; 0 on success. */
static int grow(struct modules *modules) {
    if (modules->count < modules->room) {
        return 0;
    }
    uint32_t room = modules->room ? modules->room * 2 : 32;
    void *entries = reallocarray(modules->entries, room, sizeof(modules->entries[0]));
    if (!entries) {
        return -1;
    }
    modules->entries = entries;
    void *names = reallocarray(modules->names, room, sizeof(modules->names[0]));
    if (!names) {
        return -1;
    }
    modules->names = names;
    modules->room = room;
    return 0;
}

/** What a module is called; to be freed, NULL when memory ran out. */
static char *name_of(const struct mf_module *module) {
    return printable_line(path_base(module->path));
}

uint32_t modules_add(struct modules *modules, const struct mf_module *module) {
    for (uint32_t i = 0; i < modules->count; i++) {
        if (same(&modules->entries[i], module)) {
            // Who looks at a stopped process does not read the file.
            modules->entries[i].code |= module->code;
            return i;
        }
    }
    char *name = grow(modules) == 0 ? name_of(module) : NULL;
    if (!name) {
        return MODULE_NONE;
    }
    modules->names[modules->count] = name;
    memcpy(&modules->entries[modules->count], module, sizeof(*module));
    return modules->count++;
}

bool modules_copy(const struct mf_head *head, uint64_t index, struct mf_module *copy) {
    if (index >= MF_MODULES_MAX || index >= atomic_load(&head->modules_used)) {
        return false;
    }
    const struct mf_module *module = &head->modules[index];
    if (!atomic_load_explicit(&module->ready, memory_order_acquire)) {
        return false;
    }
    size_t length = strnlen(module->path, sizeof(module->path) - 1);
    memcpy(copy, module, offsetof(struct mf_module, path) + length);
    copy->path[length] = '\0';
    if (copy->build_id_length > MF_BUILD_ID_MAX) {
        copy->build_id_length = MF_BUILD_ID_MAX;
    }
    return true;
}

void modules_copy_all(const struct mf_head *from, struct mf_head *to) {
    uint32_t used = atomic_load(&from->modules_used);
    used = used < MF_MODULES_MAX ? used : MF_MODULES_MAX;
    for (uint32_t i = 0; i < used; i++) {
        const struct mf_module *module = &from->modules[i];
        size_t length = strnlen(module->path, sizeof(module->path) - 1);
        memcpy(&to->modules[i], module, offsetof(struct mf_module, path) + length);
        to->modules[i].path[length] = '\0';
    }
    for (uint32_t i = used; i < MF_MODULES_MAX && atomic_load(&to->modules[i].ready);
         i++) {
        atomic_store(&to->modules[i].ready, 0);
    }
    atomic_store(&to->modules_used, used);
}

struct frame modules_enter(struct modules *modules, const struct mf_head *head,
                           const struct mf_frame *frame) {
    struct frame entered = {MODULE_NONE, frame->offset};
    struct mf_module module;
    if (modules_copy(head, frame->module, &module)) {
        entered.module = modules_add(modules, &module);
    }
    return entered;
}

const char *modules_name(const struct modules *modules, uint32_t module) {
    return module < modules->count ? modules->names[module] : NULL;
}

struct elffile *modules_open(const struct mf_module *module, char *path) {
    memcpy(path, module->path, strlen(module->path) + 1);
    struct elffile *file = path[0] == '/' ? elffile_open(path) : NULL;
    size_t length = strlen(path), tail = strlen(DELETED);
    bool deleted = length > tail && strcmp(path + length - tail, DELETED) == 0;
    if (!file && deleted && module->build_id_length > 0) {
        path[length - tail] = '\0';
        file = elffile_open(path);
    }
    if (file && module->build_id_length > 0 &&
        !elffile_is_built(file, module->build_id, module->build_id_length)) {
        elffile_close(file);
        file = NULL;
    }
    return file;
}

uint64_t modules_stack_id(const struct modules *modules, const struct frame *frames,
                          size_t count) {
    uint64_t id = MF_STACKID_START;
    for (size_t i = 0; i < count && i < MF_STACKID_DEPTH; i++) {
        bool known = frames[i].module < modules->count;
        uint64_t key = known ? mf_stackid_file(&modules->entries[frames[i].module]) : 0;
        id = mf_stackid_add(id, key, frames[i].offset);
    }
    return id;
}

uint64_t modules_caller_id(const struct modules *modules, const struct frame *frame) {
    bool known = frame->module < modules->count;
    uint64_t key = known ? mf_stackid_module(&modules->entries[frame->module]) : 0;
    return mf_stackid_add(MF_STACKID_START, key, frame->offset);
}

void modules_destroy(struct modules *modules) {
    for (uint32_t i = 0; i < modules->count; i++) {
        free(modules->names[i]);
    }
    free(modules->names);
    free(modules->entries);
    *modules = (struct modules){0};
}
