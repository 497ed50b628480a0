// SPDX-License-Identifier: MIT
/** /proc/self/maps, line by line, without an allocation or a lock. */
#ifndef MF_PRELOAD_STACK_MAPS_H
#define MF_PRELOAD_STACK_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One mapping. */
struct mf_maps_line {
    uintptr_t start, end;
    uint64_t offset;
    bool readable, writable, executable, shared;
    /** A file's path, "[heap]" and the like, or NULL; valid until the next line is
     * read. */
    const char *path;
};

/** The file, read through a window. */
struct mf_maps {
    int fd;
    size_t filled, used;
    char window[4096 + 512];
};

/** Begin to read; false, with nothing to close, where that is impossible. */
bool mf_maps_open(struct mf_maps *maps);

/** The next line; false at the end. */
bool mf_maps_next(struct mf_maps *maps, struct mf_maps_line *line);

void mf_maps_close(struct mf_maps *maps);

#endif
