// SPDX-License-Identifier: MIT
/**
 * How long a process may still run. The time in which it waits for a processor does not
 * count, nor that in which this process waits for one while it looks at a stop of the
 * other: a busy machine makes no hang.
 */
#ifndef MF_RUNNER_RUN_TIMELIMIT_H
#define MF_RUNNER_RUN_TIMELIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct timelimit {
    uint64_t since_ns;
    /** How long this process had waited for a processor when account began. */
    uint64_t waited_ns;
    bool accounted;
};

/** The time begins. */
void timelimit_begin(struct timelimit *timelimit);

/**
 * How long a process may still run.
 *
 * To be called now and then: the first call past a quarter of the limit begins the account.
 *
 * @limit_ns
 *         How long it may run; by the clock at most ten times as long. CLOCK_NEVER = for
 *         ever.
 * @return
 *         ns; 0 = its time is over.
 */
uint64_t timelimit_left(struct timelimit *timelimit, uint64_t limit_ns, pid_t pid);

#endif
