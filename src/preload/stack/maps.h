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

/** As mf_maps_open(), with further lines for each mapping (/proc/self/smaps). */
bool mf_maps_open_details(struct mf_maps *maps);

/** Of the latest mapping, what stands behind a word in its further lines: valid as a path is,
 * which it ends. NULL at the end. */
const char *mf_maps_detail(struct mf_maps *maps, const char *word);

void mf_maps_close(struct mf_maps *maps);

#endif
