// SPDX-License-Identifier: MIT
/** What is mapped in a process, and which file begins where. */
#ifndef MF_RUNNER_CRASH_MAPS_H
#define MF_RUNNER_CRASH_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A mapping: a line of /proc/PID/maps. */
struct map {
    /** First address, and the one after the last. */
    uint64_t start, end;
    uint64_t inode;
    /** Where it begins in the file. */
    uint64_t offset;
    /** Index of the first mapping of the same file, whose start is the load base. */
    size_t first;
    bool readable, writable, executable, shared;
    /** "" for memory without a file or a name such as "[stack]". */
    const char *path;
};

/** All mappings, by address. */
struct maps {
    struct map *entries;
    size_t count;
    /** Holds the paths. */
    char *text;
};

/**
 * Read the mappings of a process.
 *
 * @pid
 *         The process, or any of its threads.
 * @return
 *         0 on success, -1 with errno on failure and nothing to destroy.
 */
int maps_read(struct maps *maps, int pid);

/** The mapping an address lies in; NULL where it is in none. */
const struct map *maps_find(const struct maps *maps, uint64_t address);

/** Where the last mapping of the file that begins at `first` ends. */
uint64_t maps_file_end(const struct maps *maps, size_t first);

/** Whether the file that begins at `first` has code mapped. */
bool maps_file_has_code(const struct maps *maps, size_t first);

/** Release them. */
void maps_destroy(struct maps *maps);

#endif
