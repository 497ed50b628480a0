// SPDX-License-Identifier: MIT
/** What an exploration does not reach: other allocators of the program, and pools. */
#ifndef MF_RUNNER_EXPLORE_UNTESTED_H
#define MF_RUNNER_EXPLORE_UNTESTED_H

#include "runner/run/pools.h"
#include "runner/trials/campaign.h"

/** Find them, by the files that the clean run's allocations came from. */
void untested_find(struct pools *pools, const struct campaign *campaign);

/** The files of programs, and of what they are linked with. */
struct untested_files {
    /** The programs' files. */
    const char *const *programs;
    size_t count;
    /** One more of them, by its name only; NULL = there is none. */
    const char *image;
    /** Where allocations came from. */
    const struct modules *modules;
    /** What is patched in libraries that are loaded later; NULL = it is not known. */
    const struct later *later;
};

/** Find those of files. */
void untested_look_at(struct pools *pools, const struct untested_files *files);

/** Find what is not reached of an allocator inside a program. */
void untested_look_inside(struct pools *pools, const struct preflight *preflight);

/**
 * Tell what a process did.
 *
 * @apart
 *         A set of MF_APART_*.
 * @maps
 *         Whether it maps memory for itself.
 * @program
 *         Its base name where there are several; else NULL.
 */
void untested_look_around(struct pools *pools, uint64_t apart, bool maps,
                          const char *program);

#endif
