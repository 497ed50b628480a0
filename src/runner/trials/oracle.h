// SPDX-License-Identifier: MIT
/** The oracle: the results of clean runs, with which all other runs are compared. */
#ifndef MF_RUNNER_TRIALS_ORACLE_H
#define MF_RUNNER_TRIALS_ORACLE_H

#include "runner/code/modules.h"
#include "runner/points/processes.h"
#include "runner/points/stacks.h"
#include "runner/run/footprint.h"
#include "runner/run/job.h"
#include "runner/run/others.h"
#include "runner/trials/steady.h"
#include "runner/util/capture.h"

#include <stddef.h>

/** Maximum number of fatal signals of clean runs that are distinguished. */
#define ORACLE_USUAL_MAX 64

struct oracle {
    /** The status, as from wait(). */
    int status;
    /** stdout and stderr, and which parts of them are equal in all clean runs. */
    struct capture streams[2];
    struct steady steady[2];
    /** How much a run may write into one file, in bytes; more counts as endless output. */
    uint64_t file_max;
    /** The watched files, and which parts of each are equal in all clean runs. */
    struct watch_view files;
    struct steady *file_steady;
    /** Number of parts known to differ between clean runs; and the same after the first two
     * runs. */
    unsigned moved, moved_first;
    /** The time of the faster run, in ns. */
    uint64_t elapsed_ns;
    /** Number of allocations of PROGRAM's own process. */
    uint64_t count;
    /** Number of allocations before arming, which are not tried; and one more than the number of
     * those of `count` that came before main, 0 = unknown. */
    uint64_t early, before_main;
    /** The stack id of each allocation, 0 = unknown; there are `id_count`, from number 1 on. */
    uint64_t *ids;
    size_t id_count;
    /** The distinct stacks among them. */
    struct stacks stacks;
    /** Whether the second run's count or ids were different. */
    bool drifts;
    uint64_t second_count;
    /** Blocks that clean runs hold when they end, to compare leaks with. */
    struct leaks leaks;
    /** The other processes, if they are followed. */
    struct processes processes;
    /** Other processes that are not tested; none if all are followed. */
    struct others others;
    /** Number of threads that allocated, and number of processes. */
    unsigned threads, process_count;
    /** Number of blocks, the new one included, when the page allocator first had no room for a
     * new one; 0 = this did not happen. And whether the kernel refused the memory. */
    uint64_t full_at;
    bool refused;
    /** Number of its processes that were still running when it had ended. */
    size_t left_running;
    /** How often the program itself mapped anonymous memory. */
    uint64_t mapped;
    /** Kinds of libraries that use another malloc: a set of MF_APART_*. */
    uint64_t apart;
    /** The patches of libraries that it loads. */
    struct later later;
    /** The executable's base name, as the library sees it. */
    char image[MF_IMAGE_MAX];
    /** A file that both runs wrote under the same name, so that runs at the same time would
     * disturb each other; NULL = none is known. To be freed. */
    char *shared_file;
    /** Finds such files; closed long after the runs, when closing takes no time. */
    struct footprint footprint;
    /** The keys of the fatal signals that the program gets and survives in clean runs; at most
     * ORACLE_USUAL_MAX. */
    uint64_t usual[ORACLE_USUAL_MAX];
    size_t usual_count;
};

/** oracle_ask() returns this if there was nothing that could fail. */
#define ORACLE_NOTHING (-1)
/** It returns this if a signal ended the clean run; the user has been told. */
#define ORACLE_CRASHED (-2)
/** Explorations use this if the program is a wrapper: the program that it runs is to be
 * tested. */
#define ORACLE_BEHIND (-3)

/** Whether a fatal signal with this key also comes in clean runs. */
bool oracle_is_usual(const struct oracle *oracle, uint64_t key);

/**
 * Run the target twice, the second time traced. Errors are reported to the user.
 *
 * @plan
 *         Its time-out is for the clean runs. `later` is set. If the program executes another
 *         one in its place, `launchers` is set: the last one is tested, unless all are
 *         followed. If the program behaves differently when it is traced, `traced` is unset.
 * @arm
 *         "load", "main" or "startup".
 * @modules
 *         The modules in which usual signals came are added to these.
 * @return
 *         0 on success, else one of these or the exit status, with nothing to destroy.
 */
int oracle_ask(struct oracle *oracle, struct job_plan *plan, const char *arm,
               struct modules *modules, const struct diag *diag);

/** Run the target once more, while nothing else runs, to find output that changes with time.
 * Returns whether it found more of it. */
bool oracle_ask_again(struct oracle *oracle, const struct job_plan *plan,
                      const char *arm);

/** Release it; fine on one that is all zeroes. */
void oracle_destroy(struct oracle *oracle);

#endif
