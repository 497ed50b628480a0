// SPDX-License-Identifier: MIT
/**
 * A job: one run of the target in a fresh process, with its output captured. Several jobs can
 * run at the same time; the caller that started them waits for them.
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
    /** The patches of an allocator inside the program; NULL = there is none. */
    const struct mf_patches *patches;
    /** The breakpoints of a static program; without patches the program is not static. */
    const struct breakpoint_plan *breakpoints;
    /** The patches of libraries that it loads, as far as they are known; NULL = unknown. */
    const struct later *later;
    enum environment_kind environment;
    /** One more than the enum mf_allocator that it uses. */
    uint32_t allocator;
    /** The file that is its standard input; NULL = empty input. */
    const char *input;
    /** Whether each job has a directory of its own. */
    bool scratch;
    /** The command that a shell runs before each job; NULL = none. */
    const char *prepare;
    /** The watched files. */
    const struct watch *watch;
    /** How long a job may take, in ns, or CLOCK_NEVER. */
    uint64_t timeout_ns;
    /** Whether a process that sleeps may take longer; see timelimit.h. */
    bool patient;
    /** How much it may write into one file, in bytes. */
    uint64_t file_max;
    /** After this number of failures, the allocations that a job retries are examined;
     * 0 = never. */
    uint64_t retries_min;
    /** The signal settings of the targets. */
    const struct signals *signals;
    /** Allocations of fewer bytes than `size_min`, or earlier than `after_ns`, will not be
     * points. */
    uint64_t size_min, after_ns;
    /** Whether its children are tested, too. */
    bool follow;
    /** Whether allocations fail in only one of them, and the others are treated as if they were
     * not followed. */
    bool behind;
    /** How many images the program's process executes before the one to test. */
    uint32_t launchers;
    /** Whether its live blocks are recorded; and whether that may fail in a clean run, so that
     * leaks are unknown. */
    bool leaks, leaks_may_lack;
    struct leaks_wrappers wrappers;
    /** Whether trials are traced; not if the program traces processes itself, or uses faults by
     * design. */
    bool traced;
};

struct job {
    const struct job_plan *plan;
    struct channel channel;
    /** NULL = the program is not static. */
    struct breakpoints *breakpoints;
    /** The tracer that passes events to them; and why they could not be set, NULL = they were.
     * Static. */
    struct tracer *tracer;
    const char *unbroken;
    /** stdout and stderr. */
    struct capture streams[2];
    /** Its directory; NULL = none of its own. */
    char *directory;
    /** The watched files, when it has ended; valid until the next job begins or this one is
     * destroyed. */
    struct watch_view files;
    /** The blocks that it held when it ended, and its open descriptors. */
    struct leaks leaks;
    /** 0 = not running. */
    pid_t pid;
    struct timelimit time;
    uint64_t elapsed_ns;
    /** The status, as from wait(). */
    int status;
    bool timed_out;
    /** How many of its processes were running when it ended, if it was traced. */
    size_t left_running;
    /** The limit on the address space that it had in the end, in bytes, if its tracer asks for
     * that; 0 = none. */
    uint64_t address_limit;
    /** The signal to the runner that ended it while the runner waited for it; 0 = none. */
    int stopped_by;
};

/**
 * Prepare a job: create its channel and captures.
 *
 * @policy
 *         The text of its policy.
 * @extra
 *         Additional bytes after the channel; see channel_create_larger().
 * @return
 *         0 on success, -1 with errno and nothing to destroy.
 */
int job_init(struct job *job, const struct job_plan *plan, const char *policy,
             size_t extra);

/**
 * Start it; a tracer waits for it.
 *
 * @tracer
 *         It reports the job's events. When the first process ends, the rest of its process
 *         group is killed.
 * @traced
 *         Whether the job is also traced, with its threads and children; it is not if the
 *         kernel refuses.
 * @owner
 *         The owner in its events.
 * @return
 *         0 on success, -1 with errno.
 */
int job_start(struct job *job, struct tracer *tracer, bool traced, void *owner);

/** How long to wait before the next look at it, in ns: at most until its time is over; 0 if it
 * is. */
uint64_t job_time_left(struct job *job);

/** Kill all its processes because its time is over. */
void job_time_out(struct job *job);

/** Note the job's open descriptors, if leaks are looked for and the thread is of its own
 * process. A tracer calls this before a thread ends. */
void job_leaving(void *owner, pid_t tid);

/** Record the end of its first process. */
void job_end(struct job *job, int status);

/** Called for a thread that is about to get a fatal signal; the thread stays stopped. */
typedef void job_fatal_function(void *context, pid_t tid, int signal);

/**
 * Wait for its end; no other job is running.
 *
 * @fatal
 *         Called at fatal signals, if the job is traced.
 */
void job_await(struct job *job, struct tracer *tracer, job_fatal_function *fatal,
               void *context);

/** Release it, and remove its directory. It must not be running. */
void job_destroy(struct job *job);

/** The message if the command of --prepare fails. */
#define JOB_PREPARE_FAILED                                                               \
    "the command of --prepare failed; its output is not shown: run it by hand"

/** Restore the watched files and run the command that prepares a job, discarding its output;
 * 0 on success, -1 with errno: ECANCELED if the command failed. */
int job_prepare(const struct job_plan *plan, const char *directory);

/** The slot of the target's own process; NULL if the library was never loaded into it. */
const struct mf_process *job_process(const struct job *job);

#endif
