// SPDX-License-Identifier: MIT
/**
 * The clock of a policy with times, so that no call inside a target has to look at one.
 *
 * A thread of a target holds a lease: a number of calls that need no decision. A lease
 * given while a rule's time window is closed must end when it opens, and the other way
 * round. So at each edge of a window the runner, which has nothing else to do, takes the
 * leases back: it raises the process's epoch and subtracts MF_THREAD_COUNTER_RECALL from
 * each thread counter's `left`. The owner's next plain decrement finds it negative and
 * asks anew. That decrement may also overwrite the subtraction, so it is done again until
 * the counter shows the new epoch or stays negative; see mf_thread_counter in channel.h.
 *
 * Without times in the policy there is nothing to do, ever.
 */
#ifndef MF_RUNNER_TARGET_LEASE_TIMER_H
#define MF_RUNNER_TARGET_LEASE_TIMER_H

#include "core/policy/policy.h"
#include "runner/target/channelfile.h"

#include <stdint.h>

struct lease_timer {
    /** The edges of all windows in ns since arming: ascending, each once. */
    uint64_t edges[2 * MF_POLICY_RULES_MAX];
    unsigned count;
    /** How often to look for processes that have armed, in ns. */
    uint64_t period;
    /** Per slot, how many edges have passed. */
    unsigned char passed[MF_PROCESSES_MAX];
};

/** Collect a policy's times. */
void lease_timer_init(struct lease_timer *lease_timer, const struct mf_policy *policy);

/**
 * Recall the leases that have to end.
 *
 * @now
 *         CLOCK_MONOTONIC in ns.
 * @return
 *         After how many ns to call again; CLOCK_NEVER where the policy has no times.
 */
uint64_t lease_timer_run(struct lease_timer *lease_timer, const struct channel *channel,
                         uint64_t now);

#endif
