// SPDX-License-Identifier: MIT
#include "preload/base/memory.h"

#include "preload/base/sys.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/** Two numbers, ten digits each, and what stands between them. */
struct name {
    uint64_t first, second;
    /** Whether it is a segment's, and whether a fault is to go untold. */
    bool segment, silent;
};

static bool read_name(struct name *name, const char *value) {
    *name = (struct name){0};
    for (int i = 0; i < 21; i++) {
        char c = value[i];
        uint64_t *number = i < 10 ? &name->first : &name->second;
        if (i == 10 ? !c || !strchr("/:+-", c) : c < '0' || c > '9') {
            return false;
        }
        if (i == 10) {
            name->segment = c == ':' || c == '-';
            name->silent = c == '+' || c == '-';
        } else {
            *number = *number * 10 + (uint64_t)(c - '0');
        }
    }
    // "/N" behind it is kept.c's.
    return value[21] == '\0' || (value[21] == '/' && value[22] && !value[23]);
}

/** Open a file of the runner's; as mf_memory_open(). */
static const char *open_file(struct mf_memory *memory, const struct name *name) {
    char path[64], digits[MF_DIGITS];
    strcpy(path, "/proc/");
    strcat(path, mf_decimal(digits, name->first));
    strcat(path, "/fd/");
    strcat(path, mf_decimal(digits, name->second));
    memory->fd = mf_sys_open(path, true);
    if (memory->fd < 0) {
        return memory->fd == -ENOENT
                   ? ""
                   : "cannot be opened; does mallocfail run as the same user?";
    }
    long size = mf_sys_file_size(memory->fd);
    memory->size = size < 0 ? 0 : (uint64_t)size;
    return NULL;
}

/** Attach a segment; as mf_memory_open(). */
static const char *attach(struct mf_memory *memory, const struct name *name) {
    long size = mf_sys_segment_size((int)name->second);
    if (size < 0) {
        return size == -EINVAL || size == -EIDRM
                   ? ""
                   : "cannot be attached; does mallocfail run as the same user?";
    }
    memory->size = (uint64_t)size;
    memory->segment = mf_sys_attach((int)name->second);
    return memory->segment ? NULL : "cannot be attached: no address space";
}

const char *mf_memory_open(struct mf_memory *memory, const char *value, int32_t *runner) {
    struct name name;
    *memory = (struct mf_memory){.fd = -1};
    if (!read_name(&name, value)) {
        return "is not of the form PID/FD";
    }
    *runner = (int32_t)name.first;
    const char *fault = name.segment ? attach(memory, &name) : open_file(memory, &name);
    return fault && name.silent ? "" : fault;
}

void *mf_memory_map(const struct mf_memory *memory, uint64_t offset, uint64_t size) {
    return memory->segment ? memory->segment + offset
                           : mf_sys_map_shared(memory->fd, offset, size);
}

void mf_memory_close(const struct mf_memory *memory) {
    if (memory->fd >= 0) {
        mf_sys_close(memory->fd);
    }
}
