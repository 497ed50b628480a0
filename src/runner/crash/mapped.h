// SPDX-License-Identifier: MIT
/** The files mapped in a stopped process, as modules; and its memory. */
#ifndef MF_RUNNER_CRASH_MAPPED_H
#define MF_RUNNER_CRASH_MAPPED_H

#include "runner/code/elffile.h"
#include "runner/code/modules.h"
#include "runner/crash/maps.h"
#include "runner/crash/memory.h"

#include <sys/types.h>

struct mapped {
    /** A thread that has the process's memory: the first one may have ended. */
    pid_t pid;
    struct maps maps;
    struct memory *memory;
    /** Where files are entered, each when a place in it is first asked for. */
    struct modules *modules;
    /** For each mapping that begins a file: its index among the modules. */
    uint32_t *indices;
};

/**
 * Read what is mapped in a process.
 *
 * @return
 *         0 on success, -1 with errno on failure and nothing to destroy.
 */
int mapped_read(struct mapped *mapped, pid_t pid, struct modules *modules);

/** Release it. */
void mapped_destroy(struct mapped *mapped);

/** Whether a file begins with a mapping and has code: it counts as a module. */
bool mapped_is_module(const struct mapped *mapped, size_t first);

/** Whether code is mapped at an address. */
bool mapped_is_code(const struct mapped *mapped, uint64_t address);

/** The place of an address. */
struct frame mapped_place(struct mapped *mapped, uint64_t address);

/**
 * Open the file that begins with a mapping.
 *
 * @return
 *         NULL where its path leads nowhere, or to another file than the one mapped.
 */
struct elffile *mapped_open(struct mapped *mapped, size_t first);

/** The address of a symbol that a file exports, or 0. */
uint64_t mapped_symbol(struct mapped *mapped, const char *name);

#endif
