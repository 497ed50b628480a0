// SPDX-License-Identifier: MIT
/**
 * A stopped process, seen from one of its threads: its mappings, its memory, and the
 * thread's registers. Everything that is read about a crash is read through this, and
 * nothing is read twice: leave or close it before the process continues.
 */
#ifndef MF_RUNNER_CRASH_STOPPED_H
#define MF_RUNNER_CRASH_STOPPED_H

#include "runner/code/elffile.h"
#include "runner/code/modules.h"
#include "runner/crash/maps.h"
#include "runner/crash/memory.h"
#include "runner/crash/registers.h"

#include <sys/types.h>

struct stopped {
    /** The process, and a thread through which its memory can be read: the first thread
     * may have ended. */
    pid_t pid, reader;
    struct maps maps;
    struct memory *memory;
    /** The table of files; a file is added when a place in it is first looked up. */
    struct modules *modules;
    /** For each mapping at which a file begins: its index among the modules. */
    uint32_t *indices;
    /** The thread that is examined; 0 = none yet. */
    pid_t tid;
    struct registers registers;
};

/**
 * Begin with a process whose threads are stopped under ptrace by the caller.
 *
 * @modules
 *         The table to add the modules of its frames to; must outlive it.
 * @return
 *         0 on success, -1 with errno on failure and nothing to destroy.
 */
int stopped_open(struct stopped *stopped, pid_t pid, struct modules *modules);

/**
 * Select a thread of the process.
 *
 * @return
 *         0 on success, -1 with errno if it is gone.
 */
int stopped_turn_to(struct stopped *stopped, pid_t tid);

/** Examine the process again after it has run for a while with its mappings unchanged; 0
 * on success, -1 with errno. */
int stopped_look_again(struct stopped *stopped);

/**
 * Take over the module indices of files that were already added for another process.
 *
 * @return
 *         Whether the two have the same files at the same addresses.
 */
bool stopped_take_over(struct stopped *stopped, const struct stopped *before);

/** Stop reading its memory, before the process continues; what is known about its mappings
 * is kept. */
void stopped_leave(struct stopped *stopped);

/** Release it; fine on one that is all zeroes. The threads stay stopped. */
void stopped_close(struct stopped *stopped);

/** Whether a file begins at a mapping and has code: then it counts as a module. */
bool stopped_is_module(const struct stopped *stopped, size_t first);

/** Whether code is mapped at an address. */
bool stopped_is_code(const struct stopped *stopped, uint64_t address);

/** Read the code at the thread's pc, as far as it is readable. Returns how many bytes. */
size_t stopped_read_code(struct stopped *stopped, void *code, size_t length);

/** The module of an address of the process, added if necessary, and the offset in it. */
struct frame stopped_frame(struct stopped *stopped, uint64_t address);

/**
 * Open the file that begins at a mapping.
 *
 * @return
 *         NULL if its path does not exist or names another file than the one mapped.
 */
struct elffile *stopped_open_file(struct stopped *stopped, size_t first);

/**
 * Find the address of a symbol in the process, by its linker name, in the modules' symbol
 * tables.
 *
 * @return
 *         The address, or 0 if no module has it.
 */
uint64_t stopped_symbol(struct stopped *stopped, const char *name);

#endif
