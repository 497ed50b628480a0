// SPDX-License-Identifier: MIT
/** A process that outlives the runner of a suite if that is killed, and then kills what is left
 * of the suite: the command's own process ends with the runner, but not what it has started. */
#ifndef MF_RUNNER_SUITE_GUARD_H
#define MF_RUNNER_SUITE_GUARD_H

#include <sys/types.h>

struct guard {
    /** 0 = there is none. */
    pid_t pid;
    /** It waits for the end of this. */
    int line;
};

/** Start it; without processes or memory there is none. Call before tree_begin(). */
void guard_begin(struct guard *guard);

/** The suite is over: end it. SIGPIPE is ignored. */
void guard_end(struct guard *guard);

#endif
