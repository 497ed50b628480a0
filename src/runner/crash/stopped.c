// SPDX-License-Identifier: MIT
#include "runner/crash/stopped.h"

#include "runner/crash/buildid.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/** Not entered among the modules yet. */
#define UNSEEN (MODULE_NONE - 1)

/** Read the mappings through the first thread that still has them. */
static int read_maps(struct stopped *stopped, pid_t pid) {
    char path[64];
    stopped->reader = pid;
    if (maps_read(&stopped->maps, pid) == 0) {
        return 0;
    }
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    int result = -1;
    for (struct dirent *entry; folder && result != 0 && (entry = readdir(folder));) {
        stopped->reader = (pid_t)strtol(entry->d_name, NULL, 10);
        result = stopped->reader > 0 ? maps_read(&stopped->maps, stopped->reader) : -1;
    }
    int saved = errno;
    if (folder) {
        closedir(folder);
    }
    errno = saved;
    return result;
}

int stopped_open(struct stopped *stopped, pid_t pid, struct modules *modules) {
    *stopped = (struct stopped){.pid = pid, .modules = modules};
    if (read_maps(stopped, pid) != 0) {
        return -1;
    }
    stopped->memory = memory_open(stopped->reader);
    stopped->indices = calloc(stopped->maps.count, sizeof(stopped->indices[0]));
    if (!stopped->memory || !stopped->indices) {
        stopped_close(stopped);
        return -1;
    }
    for (size_t i = 0; i < stopped->maps.count; i++) {
        stopped->indices[i] = UNSEEN;
    }
    return 0;
}

int stopped_turn_to(struct stopped *stopped, pid_t tid) {
    stopped->tid = tid;
    return registers_read(&stopped->registers, tid);
}

int stopped_look_again(struct stopped *stopped) {
    if (stopped->memory) {
        memory_forget(stopped->memory);
        return 0;
    }
    stopped->memory = memory_open(stopped->reader);
    return stopped->memory ? 0 : -1;
}

/** The next mapping from `at` on that begins a module; maps.count = none. */
static size_t next_module(const struct stopped *stopped, size_t at) {
    while (at < stopped->maps.count && !stopped_is_module(stopped, at)) {
        at++;
    }
    return at;
}

/** What the table of modules is to say of a file: the tail of a path that is too long. */
static void describe(const struct stopped *stopped, size_t first,
                     struct mf_module *module) {
    const struct map *map = &stopped->maps.entries[first];
    size_t length = strlen(map->path), room = sizeof(module->path) - 1;
    const char *tail = map->path + (length > room ? length - room : 0);
    *module = (struct mf_module){0};
    memcpy(module->path, tail, strlen(tail));
    if (map->path[0] == '/') {
        module->build_id_length =
            buildid_read(stopped->memory, map->start, map->end, module->build_id);
    }
}

/** Whether a file's build id is that of the module which another process's is. */
static bool is_build_of(const struct stopped *one, size_t at, uint32_t index) {
    struct mf_module module;
    describe(one, at, &module);
    const struct mf_module *known = &one->modules->entries[index];
    return module.build_id_length == known->build_id_length &&
           memcmp(module.build_id, known->build_id, module.build_id_length) == 0;
}

/** Whether two processes have one file at one address, by mappings that begin modules. */
static bool is_alike(const struct stopped *one, size_t at, const struct stopped *other,
                     size_t other_at) {
    const struct map *map = &one->maps.entries[at];
    const struct map *like = &other->maps.entries[other_at];
    uint32_t index = other->indices[other_at];
    return map->start == like->start && map->inode == like->inode &&
           maps_file_end(&one->maps, at) == maps_file_end(&other->maps, other_at) &&
           strcmp(map->path, like->path) == 0 &&
           (index >= one->modules->count || is_build_of(one, at, index));
}

bool stopped_take_over(struct stopped *stopped, const struct stopped *before) {
    const struct maps *maps = &stopped->maps, *old = &before->maps;
    if (stopped->modules != before->modules) {
        return false;
    }
    size_t at = next_module(stopped, 0), other = next_module(before, 0);
    while (at < maps->count && other < old->count &&
           is_alike(stopped, at, before, other)) {
        stopped->indices[at] = before->indices[other];
        at = next_module(stopped, at + 1);
        other = next_module(before, other + 1);
    }
    return at == maps->count && other == old->count;
}

void stopped_leave(struct stopped *stopped) {
    memory_close(stopped->memory);
    stopped->memory = NULL;
}

void stopped_close(struct stopped *stopped) {
    int saved = errno;
    stopped_leave(stopped);
    maps_destroy(&stopped->maps);
    free(stopped->indices);
    *stopped = (struct stopped){0};
    errno = saved;
}

/** Whether a mapping has a file, or the kernel's page of code, behind it. */
static bool is_file(const struct map *map) {
    return map->path[0] == '/' || strcmp(map->path, "[vdso]") == 0;
}

bool stopped_is_module(const struct stopped *stopped, size_t first) {
    const struct map *map = &stopped->maps.entries[first];
    return map->first == first && is_file(map) &&
           maps_file_has_code(&stopped->maps, first);
}

bool stopped_is_code(const struct stopped *stopped, uint64_t address) {
    const struct map *map = maps_find(&stopped->maps, address);
    return map && map->executable;
}

size_t stopped_read_code(struct stopped *stopped, void *code, size_t length) {
    uint64_t pc = stopped->registers.pc;
    const struct map *map = maps_find(&stopped->maps, pc);
    // Debuggers may read what the thread itself may not.
    bool readable = map && map->readable;
    return readable ? memory_read_some(stopped->memory, pc, code, length) : 0;
}

/** The index of a file among the modules. */
static uint32_t enter(struct stopped *stopped, size_t first) {
    if (stopped->indices[first] == UNSEEN) {
        struct mf_module module;
        describe(stopped, first, &module);
        uint32_t index = modules_add(stopped->modules, &module);
        if (index == MODULE_NONE) {
            return index;
        }
        stopped->indices[first] = index;
    }
    return stopped->indices[first];
}

struct frame stopped_frame(struct stopped *stopped, uint64_t address) {
    struct frame frame = {.module = MODULE_NONE, .offset = address};
    const struct map *map = maps_find(&stopped->maps, address);
    if (map && is_file(map)) {
        frame.module = enter(stopped, map->first);
    }
    if (frame.module != MODULE_NONE) {
        frame.offset -= stopped->maps.entries[map->first].start;
    }
    return frame;
}

/** Whether a file is the one mapped: by build id or, where it has none, by inode. */
static bool is_same(struct stopped *stopped, size_t first, const struct elffile *file) {
    const struct map *map = &stopped->maps.entries[first];
    struct mf_module module;
    struct stat status;
    describe(stopped, first, &module);
    if (module.build_id_length > 0) {
        return elffile_is_built(file, module.build_id, module.build_id_length);
    }
    return stat(map->path, &status) == 0 && status.st_ino == map->inode;
}

struct elffile *stopped_open_file(struct stopped *stopped, size_t first) {
    const char *path = stopped->maps.entries[first].path;
    struct elffile *file = path[0] == '/' ? elffile_open(path) : NULL;
    if (file && !is_same(stopped, first, file)) {
        elffile_close(file);
        file = NULL;
    }
    return file;
}

/** A symbol that is looked for. */
struct search {
    const char *name;
    uint64_t address;
};

static bool compare(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    if (!symbol->global || strcmp(symbol->name, search->name) != 0) {
        return true;
    }
    search->address = symbol->address;
    return false;
}

/** Find a symbol in one file; 0 where it is not there. */
static uint64_t search_file(struct stopped *stopped, size_t first, const char *name) {
    struct search search = {name, 0};
    struct elffile *file = stopped_open_file(stopped, first);
    if (!file) {
        return 0;
    }
    elffile_symbols(file, compare, &search);
    uint64_t base = elffile_base(file);
    elffile_close(file);
    return search.address ? search.address - base + stopped->maps.entries[first].start
                          : 0;
}

uint64_t stopped_symbol(struct stopped *stopped, const char *name) {
    uint64_t address = 0;
    // Backwards: the C library comes behind most others, and large programs come first.
    for (size_t i = stopped->maps.count; i-- > 0 && address == 0;) {
        if (stopped_is_module(stopped, i)) {
            address = search_file(stopped, i, name);
        }
    }
    return address;
}
