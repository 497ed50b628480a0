// SPDX-License-Identifier: MIT
/** The oracle: what clean runs did. Every other run is held against it. */
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

/** The most fatal signals of clean runs that are told apart. */
#define ORACLE_USUAL_MAX 64

struct oracle {
    /** wait()'s. */
    int status;
    /** stdout and stderr, and what of them is the same in all clean runs. */
    struct capture streams[2];
    struct steady steady[2];
    /** The most that a run may write into one file; more is runaway output. */
    uint64_t file_max;
    /** The watched files, and the same of each. */
    struct watch_view files;
    struct steady *file_steady;
    /** Grows when more is found to move; and what it was after the first two runs. */
    unsigned moved, moved_first;
    /** The faster run's time. */
    uint64_t elapsed_ns;
    /** Allocations of PROGRAM's own process. */
    uint64_t count;
    /** Those that came before it was armed, which are not tried; and how many of `count`
     * came before main, with one added: 0 = unknown. */
    uint64_t early, before_main;
    /** The stack id of each, 0 = unknown; `id_count` of them, from number 1 on. */
    uint64_t *ids;
    size_t id_count;
    /** The distinct stacks among them. */
    struct stacks stacks;
    /** Whether the second run's count or ids were others. */
    bool drifts;
    uint64_t second_count;
    /** Blocks that clean runs hold when they end: for leaks. */
    struct leaks leaks;
    /** The other processes, where they are followed. */
    struct processes processes;
    /** Those of them that are not tested; none where all are followed. */
    struct others others;
    /** Threads that allocated, and processes there were. */
    unsigned threads, process_count;
    /** How many blocks the page allocator was to have when it first had no room for one
     * more; 0 = it always had. And whether the kernel refused it. */
    uint64_t full_at;
    bool refused;
    /** Processes that came of it and were running when it had ended. */
    size_t left_running;
    /** How often the program itself mapped memory of no file. */
    uint64_t mapped;
    /** Libraries that find another malloc: a set of MF_APART_*. */
    uint64_t apart;
    /** What is patched in libraries that it loads. */
    struct later later;
    /** The executable's base name, as the library sees it. */
    char image[MF_IMAGE_MAX];
    /** A file that both runs wrote under one name, so that two at a time would get into
     * each other's way; NULL = none is known. To be freed. */
    char *shared_file;
    /** What tells that; closed long after the runs, when that takes no time. */
    struct footprint footprint;
    /** The keys of the fatal signals that it gets in clean runs, and lives with; not all
     * of very many. */
    uint64_t usual[ORACLE_USUAL_MAX];
    size_t usual_count;
};

/** What oracle_ask() returns where there was nothing that could fail. */
#define ORACLE_NOTHING (-1)
/** What it returns where a signal ended the clean run, of which the user was told. */
#define ORACLE_CRASHED (-2)
/** What explorations make of one that shows a wrapper: what is behind it is to be tested. */
#define ORACLE_BEHIND (-3)

/** Whether a thread that is about to get a fatal signal does so in clean runs, too. */
bool oracle_is_usual(const struct oracle *oracle, uint64_t key);

/**
 * Run the target twice, the second time traced. What is wrong is told to the user.
 *
 * @plan
 *         Its time-out is for the clean runs. `later` is set. Where the program becomes another one, by
 *         exec, `launchers` is set: the last one is what is tested, unless all are
 *         followed. Where it does not do traced what it does untraced, `traced` is unset.
 * @arm
 *         "load" and the like.
 * @modules
 *         Where the modules of the places of usual signals are entered.
 * @return
 *         0 on success, else one of these or the exit status, with nothing to destroy.
 */
int oracle_ask(struct oracle *oracle, struct job_plan *plan, const char *arm,
               struct modules *modules, const struct diag *diag);

/** Run the target once more, with nothing else going on: what moves with time is found so.
 * Whether more is known to move than before. */
bool oracle_ask_again(struct oracle *oracle, const struct job_plan *plan,
                      const char *arm);

/** Release it; fine on one that is all zeroes. */
void oracle_destroy(struct oracle *oracle);

#endif
