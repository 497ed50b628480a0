// SPDX-License-Identifier: MIT
/** The oracle: what clean runs did. Every other run is held against it. */
#ifndef MF_RUNNER_TRIALS_ORACLE_H
#define MF_RUNNER_TRIALS_ORACLE_H

#include "runner/run/job.h"
#include "runner/trials/processes.h"
#include "runner/trials/stacks.h"
#include "runner/util/capture.h"

#include <stddef.h>

struct oracle {
    /** wait()'s. */
    int status;
    /** stdout and stderr, and whether both clean runs wrote the same. */
    struct capture streams[2];
    bool comparable[2];
    /** The watched files, and the same of each. */
    struct watch_view files;
    bool *file_comparable;
    /** The faster run's time. */
    uint64_t elapsed_ns;
    /** Allocations of PROGRAM's own process. */
    uint64_t count;
    /** The stack id of each, 0 = unknown; `id_count` of them, from number 1 on. */
    uint64_t *ids;
    size_t id_count;
    /** The distinct stacks among them. */
    struct stacks stacks;
    /** Whether the second run's count or ids were others. */
    bool drifts;
    uint64_t second_count;
    /** Blocks that it held when it ended, the C library's own: for leaks. */
    struct leaks leaks;
    /** The other processes, where they are followed. */
    struct processes processes;
    /** Threads that allocated, and processes there were. */
    unsigned threads, process_count;
    /** How many blocks the page allocator was to have when it first had no room for one
     * more; 0 = it always had. And whether the kernel refused it. */
    uint64_t full_at;
    bool refused;
    /** The executable's base name, as the library sees it. */
    char image[MF_IMAGE_MAX];
};

/**
 * Run the target twice. What is wrong is told to the user.
 *
 * @plan
 *         Its time-out is for the clean runs. Where the program becomes another one,
 *         by exec, `launchers` is set: the last one is what is tested, unless all are
 *         followed.
 * @arm
 *         "load" and the like.
 * @return
 *         0 on success, else the exit status, with nothing to destroy.
 */
int oracle_ask(struct oracle *oracle, struct job_plan *plan, const char *arm,
               const struct diag *diag);

/** Release it; fine on one that is all zeroes. */
void oracle_destroy(struct oracle *oracle);

#endif
