// SPDX-License-Identifier: MIT
/** The memory of a stopped process, read in large pieces that are kept. */
#ifndef MF_RUNNER_CRASH_MEMORY_H
#define MF_RUNNER_CRASH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct memory;

/**
 * Open a process's memory. What has been read once is not read again, so it has to be
 * closed before the process goes on.
 *
 * @pid
 *         The process, or any of its threads.
 * @return
 *         NULL with errno on failure.
 */
struct memory *memory_open(int pid);

/** Forget what was read, for the process has gone on meanwhile. */
void memory_forget(struct memory *memory);

/** Close it; NULL is fine. */
void memory_close(struct memory *memory);

/** Read a stretch of memory up to where nothing is; how many bytes that were. */
size_t memory_read_some(struct memory *memory, uint64_t address, void *bytes,
                        size_t length);

/** Read all of a stretch of memory; false where some of it is not there. */
bool memory_read(struct memory *memory, uint64_t address, void *bytes, size_t length);

#endif
