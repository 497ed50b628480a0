// SPDX-License-Identifier: MIT
/**
 * The modules mapped in this process: which file an address of code belongs to.
 *
 * Read from /proc/self/maps without libc's loader lock, so that it can be asked on any
 * thread and in a signal handler. Ranges are added, and emptied when their module is
 * gone.
 */
#ifndef MF_PRELOAD_STACK_MODULES_H
#define MF_PRELOAD_STACK_MODULES_H

#include "core/channel/channel.h"

#define MF_RANGES_MAX 2048
/** Bytes for the paths of all ranges. */
#define MF_PATHS_MAX (MF_RANGES_MAX * 256)

/** A mapped stretch of executable code. */
struct mf_range {
    /** First address, and the one after the last. */
    uintptr_t start, end;
    /** The module's load base. */
    uintptr_t base;
    /** mf_stackid_module(); 0 = code without a file. */
    uint64_t key;
    /** Index in the channel's table; MF_MODULES_MAX = not there. */
    uint32_t module;
    /** The last reading of the maps that found it. */
    uint32_t seen;
    /** Where the base name begins in `path`. */
    uint32_t name;
    /** Among the paths kept below. */
    const char *path;
    uint32_t build_id_length;
    unsigned char build_id[MF_BUILD_ID_MAX];
};

struct mf_modules {
    /** How many ranges are complete. */
    _Atomic uint32_t count;
    /** Whether a thread is adding ranges; others then go without. */
    _Atomic uint32_t busy;
    /** Whether modules may have gone since the maps were read. */
    _Atomic uint32_t stale;
    /** Counts the readings of the maps. */
    uint32_t reading;
    /** mf_stackid_module() of the program, where a suite is run; set while the library
     * starts. */
    uint64_t program;
    /** Whether valgrind runs this; set while the library starts. */
    bool valgrind;
    struct mf_range ranges[MF_RANGES_MAX];
    /** The file that the lines being read belong to: of whoever is adding ranges. */
    struct mf_module file;
    /** The ranges' paths, and how many bytes of them are used. */
    uint32_t paths_used;
    char paths[MF_PATHS_MAX];
};

extern struct mf_modules mf_modules;

/**
 * Find the range an address lies in, reading the maps anew when it is in none known.
 *
 * @return
 *         The range, empty when its module goes; NULL for an address that is nowhere, and
 *         while another thread is reading the maps.
 */
const struct mf_range *mf_modules_find(uintptr_t address);

/** A range of the module with a key; NULL if there is none any more. */
const struct mf_range *mf_modules_with(uint64_t key);

/** Forget what was unloaded, the next time somebody asks. */
void mf_modules_expire(void);

/** The module's base name. */
static inline const char *mf_range_name(const struct mf_range *range) {
    return range->path + range->name;
}

#endif
