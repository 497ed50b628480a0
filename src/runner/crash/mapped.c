// SPDX-License-Identifier: MIT
#include "runner/crash/mapped.h"

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
static int read_maps(struct mapped *mapped, pid_t pid) {
    char path[64];
    mapped->pid = pid;
    if (maps_read(&mapped->maps, pid) == 0) {
        return 0;
    }
    snprintf(path, sizeof(path), "/proc/%d/task", pid);
    DIR *folder = opendir(path);
    int result = -1;
    for (struct dirent *entry; folder && result != 0 && (entry = readdir(folder));) {
        mapped->pid = (pid_t)strtol(entry->d_name, NULL, 10);
        result = mapped->pid > 0 ? maps_read(&mapped->maps, mapped->pid) : -1;
    }
    int saved = errno;
    if (folder) {
        closedir(folder);
    }
    errno = saved;
    return result;
}

int mapped_read(struct mapped *mapped, pid_t pid, struct modules *modules) {
    *mapped = (struct mapped){.modules = modules};
    if (read_maps(mapped, pid) != 0) {
        return -1;
    }
    mapped->memory = memory_open(mapped->pid);
    mapped->indices = calloc(mapped->maps.count, sizeof(mapped->indices[0]));
    if (!mapped->memory || !mapped->indices) {
        mapped_destroy(mapped);
        return -1;
    }
    for (size_t i = 0; i < mapped->maps.count; i++) {
        mapped->indices[i] = UNSEEN;
    }
    return 0;
}

void mapped_destroy(struct mapped *mapped) {
    int saved = errno;
    memory_close(mapped->memory);
    maps_destroy(&mapped->maps);
    free(mapped->indices);
    *mapped = (struct mapped){0};
    errno = saved;
}

/** Whether a mapping has a file, or the kernel's page of code, behind it. */
static bool is_file(const struct map *map) {
    return map->path[0] == '/' || strcmp(map->path, "[vdso]") == 0;
}

bool mapped_is_module(const struct mapped *mapped, size_t first) {
    const struct map *map = &mapped->maps.entries[first];
    return map->first == first && is_file(map) &&
           maps_file_has_code(&mapped->maps, first);
}

bool mapped_is_code(const struct mapped *mapped, uint64_t address) {
    const struct map *map = maps_find(&mapped->maps, address);
    return map && map->executable;
}

/** What the table of modules is to say of a file: the tail of a path that is too long. */
static void describe(struct mapped *mapped, size_t first, struct mf_module *module) {
    const struct map *map = &mapped->maps.entries[first];
    size_t length = strlen(map->path), room = sizeof(module->path) - 1;
    const char *tail = map->path + (length > room ? length - room : 0);
    *module = (struct mf_module){0};
    memcpy(module->path, tail, strlen(tail));
    if (map->path[0] == '/') {
        module->build_id_length =
            buildid_read(mapped->memory, map->start, map->end, module->build_id);
    }
}

/** The index of a file among the modules. */
static uint32_t enter(struct mapped *mapped, size_t first) {
    if (mapped->indices[first] == UNSEEN) {
        struct mf_module module;
        describe(mapped, first, &module);
        uint32_t index = modules_add(mapped->modules, &module);
        if (index == MODULE_NONE) {
            return index;
        }
        mapped->indices[first] = index;
    }
    return mapped->indices[first];
}

struct frame mapped_place(struct mapped *mapped, uint64_t address) {
    struct frame frame = {.module = MODULE_NONE, .offset = address};
    const struct map *map = maps_find(&mapped->maps, address);
    if (map && is_file(map)) {
        frame.module = enter(mapped, map->first);
    }
    if (frame.module != MODULE_NONE) {
        frame.offset -= mapped->maps.entries[map->first].start;
    }
    return frame;
}

/** Whether a file is the one mapped: by build id or, where it has none, by inode. */
static bool is_same(struct mapped *mapped, size_t first, const struct elffile *file) {
    const struct map *map = &mapped->maps.entries[first];
    struct mf_module module;
    struct stat status;
    describe(mapped, first, &module);
    if (module.build_id_length > 0) {
        return elffile_is_built(file, module.build_id, module.build_id_length);
    }
    return stat(map->path, &status) == 0 && status.st_ino == map->inode;
}

struct elffile *mapped_open(struct mapped *mapped, size_t first) {
    const char *path = mapped->maps.entries[first].path;
    struct elffile *file = path[0] == '/' ? elffile_open(path) : NULL;
    if (file && !is_same(mapped, first, file)) {
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
static uint64_t search_file(struct mapped *mapped, size_t first, const char *name) {
    struct search search = {name, 0};
    struct elffile *file = mapped_open(mapped, first);
    if (!file) {
        return 0;
    }
    elffile_symbols(file, compare, &search);
    uint64_t base = elffile_base(file);
    elffile_close(file);
    return search.address ? search.address - base + mapped->maps.entries[first].start : 0;
}

uint64_t mapped_symbol(struct mapped *mapped, const char *name) {
    uint64_t address = 0;
    // Backwards: the C library comes behind most others, and large programs come first.
    for (size_t i = mapped->maps.count; i-- > 0 && address == 0;) {
        if (mapped_is_module(mapped, i)) {
            address = search_file(mapped, i, name);
        }
    }
    return address;
}
