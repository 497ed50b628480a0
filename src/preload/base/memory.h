// SPDX-License-Identifier: MIT
/** The memory that the runner shares with its targets: a file of the runner's, or a System
 * V segment where the runner may have no file so large. */
#ifndef MF_PRELOAD_BASE_MEMORY_H
#define MF_PRELOAD_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct mf_memory {
    /** The file; -1 where it is a segment. */
    int fd;
    /** The segment, attached; NULL where it is a file. */
    char *segment;
    uint64_t size;
};

/**
 * Open it.
 *
 * @value
 *         What the runner calls it: "PID/FD", or "PID:ID" for a segment, ten digits each;
 *         "PID+FD" and "PID-ID" where a process that may not open it is to say nothing.
 * @runner
 *         Set to PID.
 * @return
 *         NULL on success, else what is wrong: "" where the runner has ended, or nothing is to be said. Static.
 */
const char *mf_memory_open(struct mf_memory *memory, const char *value, int32_t *runner);

/** Map a part, shared, readable and writable; NULL on failure. */
void *mf_memory_map(const struct mf_memory *memory, uint64_t offset, uint64_t size);

/** Close the file; what is mapped stays. */
void mf_memory_close(const struct mf_memory *memory);

#endif
