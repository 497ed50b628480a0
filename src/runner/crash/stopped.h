// SPDX-License-Identifier: MIT
/**
 * A process that stands still, seen from one of its threads: what is mapped in it, its
 * memory, and the thread's registers. All that is read of a crash is read through this,
 * and nothing is read twice: leave or close it before the process goes on.
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
    /** The process, and a thread that has its memory: the first one may have ended. */
    pid_t pid, reader;
    struct maps maps;
    struct memory *memory;
    /** Where files are entered, each when a place in it is first asked for. */
    struct modules *modules;
    /** For each mapping that begins a file: its index among the modules. */
    uint32_t *indices;
    /** The thread that is looked at; 0 = none yet. */
    pid_t tid;
    struct registers registers;
};

/**
 * Begin with a process whose threads are stopped under ptrace by the caller.
 *
 * @modules
 *         Where the modules of its frames are entered; must outlive it.
 * @return
 *         0 on success, -1 with errno on failure and nothing to destroy.
 */
int stopped_open(struct stopped *stopped, pid_t pid, struct modules *modules);

/**
 * Turn to a thread of the process.
 *
 * @return
 *         0 on success, -1 with errno where it is gone.
 */
int stopped_turn_to(struct stopped *stopped, pid_t tid);

/** Look at it again after it has gone on for a while, its mappings being what they were; 0
 * on success, -1 with errno. */
int stopped_look_again(struct stopped *stopped);

/**
 * Take over where the files of another process have been entered.
 *
 * @return
 *         Whether the two have the same files at the same addresses.
 */
bool stopped_take_over(struct stopped *stopped, const struct stopped *before);

/** End reading its memory, before the process goes on; what is known of its mappings
 * stays. */
void stopped_leave(struct stopped *stopped);

/** End with it; fine on one that is all zeroes. The threads stay stopped. */
void stopped_close(struct stopped *stopped);

/** Whether a file begins with a mapping and has code: it counts as a module. */
bool stopped_is_module(const struct stopped *stopped, size_t first);

/** Whether code is mapped at an address. */
bool stopped_is_code(const struct stopped *stopped, uint64_t address);

/** Read the code where the thread stands, as far as it can be read; how many bytes. */
size_t stopped_read_code(struct stopped *stopped, void *code, size_t length);

/** Where an address of the process lies: its module, entered if need be, and offset. */
struct frame stopped_frame(struct stopped *stopped, uint64_t address);

/**
 * Open the file that begins with a mapping.
 *
 * @return
 *         NULL where its path leads nowhere, or to another file than the one mapped.
 */
struct elffile *stopped_open_file(struct stopped *stopped, size_t first);

/**
 * Find the address of a symbol in the process, by its linker name, in the modules' symbol
 * tables.
 *
 * @return
 *         The address, or 0 where no module has it.
 */
uint64_t stopped_symbol(struct stopped *stopped, const char *name);

#endif
