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

/** What is said where the library never ran in the target. */
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
    /** How an allocator inside the program is reached. */
    const struct mf_patches *patches;
    /** The same of libraries that keep a malloc to themselves; NULL = none is known. */
    const struct later *later;
    /** How a static program is reached; without patches it is none. */
    const struct breakpoint_plan *breakpoints;
    /** Whether it is to be known when blocks are freed, for this or for `leaks` and
     * `fill`. */
    bool frees;
    /** How many images the target's process executes before the one that is tested. */
    uint32_t launchers;
    enum environment_kind environment;
    /** ns, or CLOCK_NEVER. */
    uint64_t timeout_ns;
    /** Whether to trace it, so that crashes are diagnosed. */
    bool trace;
    /** Whether account is kept of the blocks, by their stacks; and where it is put down what
     * is open in the end, NULL = nowhere. */
    bool leaks;
    struct leaks *left;
    /** Whether freed blocks are filled after the first injection. */
    bool fill;
    /** One more than the enum mf_allocator that serves it; 0 = the policy says. */
    uint32_t allocator;
    /** Whether what the program asks for itself is not heeded, nor mallocfail ctl. */
    bool alone;
    /** Whether it is judged as a trial of an exploration: see preload/entry/terminate.c. */
    bool trial;
    /** Its streams and directory; all zeroes = the runner's own. */
    struct launch_surroundings surroundings;
    /** What the target's signals are to be; NULL = what the runner's are. */
    const struct signals *signals;
};

/** The most crashes that are looked at in one run: a program may live with faults. */
#define RUN_CRASHES_MAX 16

struct run_result {
    /** What the target's processes left; to be destroyed with the result. */
    struct channel channel;
    /** As waitpid() gives it. */
    int wait_status;
    bool timed_out;
    /** From start to end, without the time it was stopped from the terminal. */
    uint64_t elapsed_ns;
    /** Processes of the target that go on living. */
    size_t left_running;
    /** Whether tracing was wanted and the kernel refused. */
    bool untraced;
    /** Why breakpoints could not be put into the program; NULL = they could. Static. */
    const char *unbroken;
    /** The fatal signals that were seen, and the stacks at the time-out; in order. Of too
     * many those that are repeated least, the first and the last ones. */
    struct crash crashes[RUN_CRASHES_MAX];
    size_t crash_count;
    /** The modules their frames are in. */
    struct modules modules;
};

/**
 * Run a target. Passes signals on to it, hands it the terminal, kills it with all that
 * came of it when its time is over. Not reentrant: one run at a time.
 *
 * @return
 *         0 when there was a run, else the exit status (the user has been told),
 *         with nothing to destroy.
 */
int run_target(const struct run_options *options, struct run_result *result,
               const struct diag *diag);

/** Release what a run left. */
void run_result_destroy(struct run_result *result);

#endif
