// SPDX-License-Identifier: MIT
/** Starting a target: fork, exec, and all that lies between them. */
#ifndef MF_RUNNER_TARGET_LAUNCH_H
#define MF_RUNNER_TARGET_LAUNCH_H

#include "runner/target/signals.h"
#include "runner/target/terminal.h"
#include "runner/target/tracee.h"

#include <stdint.h>
#include <sys/types.h>

struct launch {
    /** The file to execute; no search, no shell. */
    const char *path;
    char *const *argv;
    char *const *envp;
    /** What the target's signals are to be. */
    const struct signals *signals;
    /** Who traces it; NULL = nobody. Left off where the kernel refuses. */
    struct tracer *tracer;
    /** Whose it is then. */
    void *owner;
    /** Who sees to it where it is traced; NULL = nobody. */
    struct tracee_agent *agent;
    /** What happens to the rest; all zeroes = as the runner has it. */
    struct launch_surroundings {
        /** Three descriptors, all above 2, to be its standard streams. */
        const int *streams;
        /** Its working directory. */
        const char *directory;
        /** The most bytes that a file of it can have, unless it wants more; it makes no
         * core files then. */
        uint64_t file_limit;
    } surroundings;
};

/**
 * Start a target in a process group of its own, whose number is its pid. It is killed
 * when the runner dies.
 *
 * @terminal
 *         Handed over where the target wants it.
 * @return
 *         Its pid, or -1 with errno, where nothing is left to be waited for.
 */
pid_t launch_start(const struct launch *launch, struct terminal *terminal);

/** The exit status that follows from a start that failed with this errno: our own failure
 * where means were short, else PROGRAM's. */
int launch_status(int reason);

/** Have as much stack as mallocfail needs, if its own limit is lower; what is launched gets the
 * limit back that there was. False where that may not be. */
bool launch_raise_stack(void);

#endif
