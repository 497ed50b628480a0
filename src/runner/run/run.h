// SPDX-License-Identifier: MIT
/** One run of a target under a policy, from its start to its end. */
#ifndef MF_RUNNER_RUN_RUN_H
#define MF_RUNNER_RUN_RUN_H

#include "runner/breakpoint/breakpoints.h"
#include "runner/crash/crash.h"
#include "runner/run/later.h"
#include "runner/target/channelfile.h"
#include "runner/target/environment.h"
#include "runner/target/launch.h"
#include "runner/target/leaks.h"
#include "runner/target/policyfile.h"
#include "runner/util/diag.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The message if the library never ran in the target. */
#define RUN_UNLOADED                                                                        \
    "the library was never loaded into it: was it built for another C library, or does it " \
    "clear the environment first?"

struct run_options {
    const struct policyfile *policy;
    /** The file to execute. */
    const char *path;
    /** Its arguments, from argv[0] on. */
    char *const *argv;
    /** The library to preload. */
    const char *preload;
    /** The patches of an allocator inside the program. */
    const struct mf_patches *patches;
    /** The patches of libraries with a malloc of their own; NULL = none is known. */
    const struct later *later;
    /** The breakpoints of a static program; without patches the program is not static. */
    const struct breakpoint_plan *breakpoints;
    /** Whether frees have to be intercepted; `leaks` and `fill` imply it. */
    bool frees;
    /** How many images the target's process executes before the one to test. */
    uint32_t launchers;
    enum environment_kind environment;
    /** In ns, or CLOCK_NEVER. */
    uint64_t timeout_ns;
    /** Whether to trace it, so that crashes are diagnosed. */
    bool trace;
    /** Whether live blocks are recorded, by stack; and where to store the descriptors that are
     * open at the end, NULL = nowhere. */
    bool leaks;
    struct leaks *left;
    /** Whether freed blocks are filled after the first injection. */
    bool fill;
    /** One more than the enum mf_allocator that it uses; 0 = the policy's. */
    uint32_t allocator;
    /** Whether calls of mallocfail.h's functions and mallocfail ctl have no effect. */
    bool alone;
    /** Whether it is judged as a trial of an exploration: see preload/entry/terminate.c. */
    bool trial;
    /** Its streams and directory; all zeroes = the runner's own. */
    struct launch_surroundings surroundings;
    /** The target's signal settings; NULL = those of the runner. */
    const struct signals *signals;
};

/** Maximum number of crashes that are kept of one run: a program may survive faults. */
#define RUN_CRASHES_MAX 16

struct run_result {
    /** The channel of the target's processes; destroyed with the result. */
    struct channel channel;
    /** The status, as from waitpid(). */
    int wait_status;
    bool timed_out;
    /** SIGXFSZ came of the program itself; see filelimit_breaks(). */
    bool own_size;
    /** From start to end, without the time in which it was stopped from the terminal. */
    uint64_t elapsed_ns;
    /** Number of processes of the target that are still running. */
    size_t left_running;
    /** Whether tracing was wanted and the kernel refused. */
    bool untraced;
    /** Why breakpoints could not be set; NULL = they were. Static. */
    const char *unbroken;
    /** The fatal signals that came, and the stacks at the time-out, in order. If there are too
     * many: those that are repeated least, the first and the last ones. */
    struct crash crashes[RUN_CRASHES_MAX];
    size_t crash_count;
    /** The modules that their frames are in. */
    struct modules modules;
};

/**
 * Run a target: pass signals on to it, give it the terminal, and kill it with all its processes
 * when its time is over. Not reentrant: one run at a time.
 *
 * @return
 *         0 if there was a run, else the exit status (a message has been printed), with nothing
 *         to destroy.
 */
int run_target(const struct run_options *options, struct run_result *result,
               const struct diag *diag);

/** Release what a run left. */
void run_result_destroy(struct run_result *result);

#endif
