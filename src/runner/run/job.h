// SPDX-License-Identifier: MIT
/**
 * A job: one run of the target in a fresh process, its output captured. Several run at the
 * same time; whoever started them waits for them.
 */
#ifndef MF_RUNNER_RUN_JOB_H
#define MF_RUNNER_RUN_JOB_H

#include "runner/breakpoint/breakpoints.h"
#include "runner/run/later.h"
#include "runner/run/timelimit.h"
#include "runner/run/watch.h"
#include "runner/target/channelfile.h"
#include "runner/target/environment.h"
#include "runner/target/leaks.h"
#include "runner/target/signals.h"
#include "runner/target/tracee.h"
#include "runner/util/capture.h"
#include "runner/util/diag.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** What all jobs of an exploration have in common. */
struct job_plan {
    /** The file to execute, its arguments, the library to preload. */
    const char *path;
    char *const *argv;
    const char *preload;
    /** How an allocator inside the program is reached; NULL = there is none. */
    const struct mf_patches *patches;
    /** How a static program is reached; without patches it is none. */
    const struct breakpoint_plan *breakpoints;
    /** What is patched in libraries that it loads, as far as that is known; NULL = it is
     * not. */
    const struct later *later;
    enum environment_kind environment;
    /** One more than the enum mf_allocator that serves it. */
    uint32_t allocator;
    /** What it reads from its standard input; NULL = nothing. */
    const char *input;
    /** Whether each job has a directory of its own. */
    bool scratch;
    /** Run by a shell before each job; NULL = nothing. */
    const char *prepare;
    /** The files that are watched. */
    const struct watch *watch;
    /** ns that a job may take, or CLOCK_NEVER. */
    uint64_t timeout_ns;
    /** Whether a process that sleeps may take longer; see timelimit.h. */
    bool patient;
    /** The most that it may write into one file, in bytes. */
    uint64_t file_max;
    /** From so many failures on it is looked at what a job retries; 0 = it never is. */
    uint64_t retries_min;
    /** What the targets' signals are to be. */
    const struct signals *signals;
    /** Allocations of fewer bytes and earlier ones are not to be points. */
    uint64_t size_min, after_ns;
    /** Whether its children are looked at, too. */
    bool follow;
    /** Whether only one of them fails, and the others are as if they were not followed. */
    bool behind;
    /** How many images the program's process executes before the one that is tested. */
    uint32_t launchers;
    /** Whether account is kept of its blocks. */
    bool leaks;
    /** Whether trials are traced: not what traces by itself, nor what lives with faults. */
    bool traced;
};

struct job {
    const struct job_plan *plan;
    struct channel channel;
    /** NULL = the program is not static. */
    struct breakpoints *breakpoints;
    /** Who tells them; and why they could not be put into the program, NULL = they could.
     * Static. */
    struct tracer *tracer;
    const char *unbroken;
    /** stdout and stderr. */
    struct capture streams[2];
    /** Its directory; NULL = none of its own. */
    char *directory;
    /** The watched files, when it has ended; they last until the next job begins or this
     * one is destroyed. */
    struct watch_view files;
    /** The blocks it held when it ended, and what it had open. */
    struct leaks leaks;
    /** 0 = not running. */
    pid_t pid;
    struct timelimit time;
    uint64_t elapsed_ns;
    /** wait()'s. */
    int status;
    bool timed_out;
    /** How many processes that came of it were running when it ended, where it was traced. */
    size_t left_running;
    /** The user's signal that ended it while it was awaited; 0 = none. */
    int stopped_by;
};

/**
 * Make a job ready: channel and captures.
 *
 * @policy
 *         Its text.
 * @extra
 *         Bytes behind the channel; see channel_create_larger().
 * @return
 *         0 on success, -1 with errno and nothing to destroy.
 */
int job_init(struct job *job, const struct job_plan *plan, const char *policy,
             size_t extra);

/**
 * Start it, waited for by a tracer.
 *
 * @tracer
 *         Its events come from here; the rest of its process group is killed when its
 *         first process ends.
 * @traced
 *         Whether it is traced, too, with all that comes of it: left off where the kernel
 *         refuses.
 * @owner
 *         Whose its events are.
 * @return
 *         0 on success, -1 with errno.
 */
int job_start(struct job *job, struct tracer *tracer, bool traced, void *owner);

/** How long it may still run; 0 when its time is over, or it does nothing but fail. */
uint64_t job_time_left(struct job *job);

/** Kill all of it, for its time is over. */
void job_time_out(struct job *job);

/** Note what the job has open, where leaks are looked for and this is its own process: for
 * a tracer, which says that a thread is about to end. */
void job_leaving(void *owner, pid_t tid);

/** Take the end of its first process. */
void job_end(struct job *job, int status);

/** See to a thread that is about to get a fatal signal; it stays stopped. */
typedef void job_fatal_function(void *context, pid_t tid, int signal);

/**
 * Wait for its end, alone.
 *
 * @fatal
 *         Asked at fatal signals, where it is traced.
 */
void job_await(struct job *job, struct tracer *tracer, job_fatal_function *fatal,
               void *context);

/** Release it, and its directory. It is not running. */
void job_destroy(struct job *job);

/** What users are told when that command fails. */
#define JOB_PREPARE_FAILED                                                               \
    "the command of --prepare failed; its output is not shown: run it by hand"

/** Put watched files back, run what prepares a job, and forget what it says; 0 on
 * success, -1 with errno: ECANCELED where the command has failed. */
int job_prepare(const struct job_plan *plan, const char *directory);

/** The slot of the target's own process; NULL where the library never came to it. */
const struct mf_process *job_process(const struct job *job);

#endif
