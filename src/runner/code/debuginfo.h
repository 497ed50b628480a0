// SPDX-License-Identifier: MIT
/**
 * What DWARF says of places in one file: functions, lines, inlined calls. Found in the
 * file itself or in its debug file, on this machine only: no server is ever asked.
 */
#ifndef MF_RUNNER_CODE_DEBUGINFO_H
#define MF_RUNNER_CODE_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The most calls that are found at one place. */
#define DEBUGINFO_CALLS_MAX 64

struct debuginfo;
struct unpack;

/** A call at a place. Its texts live as long as the file is open; NULL = unknown. */
struct debuginfo_call {
    /** The linker's name, where it differs from `name`. */
    const char *linkage;
    const char *name;
    /** 0 = unknown. */
    uint64_t entry;
    const char *file;
    /** Where the compiler ran, which a relative `file` goes by. */
    const char *directory;
    int line;
    /** Whether the function was inlined into the next one. */
    bool inlined;
};

/**
 * Open a file.
 *
 * @unpack
 *         Its debug file may be this one; NULL = none. Must outlive what is returned.
 * @return
 *         NULL where that fails. Whether it has debug information shows later.
 */
struct debuginfo *debuginfo_open(const char *path, struct unpack *unpack);

/** Close it; NULL is fine. */
void debuginfo_close(struct debuginfo *info);

/**
 * Find the calls at an address. Whatever libdw does over it, this returns; but once libdw
 * has crashed, it knows nothing of the file any more.
 *
 * @address
 *         As linked, inside of the instruction meant.
 * @calls
 *         Where they go, innermost first; the outermost ones are left out if need be.
 * @return
 *         How many there are; 0 where nothing is known. The last one may have no name.
 */
size_t debuginfo_find(struct debuginfo *info, uint64_t address,
                      struct debuginfo_call *calls, size_t room);

/**
 * Find the symbol an address lies in, in the debug file's symbol table or wherever else
 * the system keeps one.
 *
 * @start
 *         Set to where it begins.
 * @return
 *         Its name, as long as the file is open; NULL if there is none.
 */
const char *debuginfo_symbol(struct debuginfo *info, uint64_t address, uint64_t *start);

#endif
