// SPDX-License-Identifier: MIT
/**
 * How long a process may still run. The time in which it waits for a processor does not
 * count, nor that in which it stands at a stop while this process waits for one, or looks
 * at another process: a busy machine makes no hang. Not for use by several threads.
 */
#ifndef MF_RUNNER_RUN_TIMELIMIT_H
#define MF_RUNNER_RUN_TIMELIMIT_H

#include "runner/target/waiting.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** How much longer a process may take that sleeps when its time is over, or waits for a time that
 * it has set, in times of the limit: it may come to an end after a few tries. */
#define TIMELIMIT_SLEEPS 9

struct timelimit {
    /** Whether a process that sleeps may take longer; to be set after the beginning. */
    bool patient;
    /** What was found when its time was over: nothing yet, that it slept, or did not. */
    enum { TIMELIMIT_OPEN, TIMELIMIT_ASLEEP, TIMELIMIT_AWAKE } state;
    uint64_t since_ns;
    /** How long this process had seen only to one of the others. */
    uint64_t occupied_ns;
    /** Account of who waits for a processor, as soon as it has begun. */
    struct waiting waiting;
    bool accounted;
};

/** The time begins. */
void timelimit_begin(struct timelimit *timelimit);

/** Account begins at once, for a process that was cloned when its time began. */
void timelimit_account(struct timelimit *timelimit, pid_t pid);

/** So long this process has seen to one of the others only: it counts for none. */
void timelimit_exclude(uint64_t span_ns);

/**
 * How long a process may still run.
 *
 * To be called now and then: the first call past a quarter of the limit begins the account.
 *
 * @limit_ns
 *         How long it may run; by the clock at most fifty times as long. CLOCK_NEVER = for
 *         ever.
 * @return
 *         ns; 0 = its time is over.
 */
uint64_t timelimit_left(struct timelimit *timelimit, uint64_t limit_ns, pid_t pid);

/** How much time a process has had, without what does not count, in ns. */
uint64_t timelimit_spent(const struct timelimit *timelimit, pid_t pid);

#endif
