// SPDX-License-Identifier: MIT
/**
 * Thread counters: how the threads of a process share out the numbers of a uniform plan.
 *
 * A thread owns a counter and holds a lease in it: a stretch of numbers that no trigger
 * lies in. Counting one down is one instruction on memory of its own. While the process
 * has one thread, a lease reaches to the next trigger; with more, it is short, at most
 * half of what is left before the trigger for all counters together, and what an ending
 * thread has not used goes back. So each number is handed out once and no trigger is
 * missed. (The idea of leases is sloppy counters', Boyd-Wickizer et al., "An Analysis of
 * Linux Scalability to Many Cores", OSDI 2010, made exact where it matters.)
 */
#ifndef MF_PRELOAD_POLICY_THREAD_COUNTERS_H
#define MF_PRELOAD_POLICY_THREAD_COUNTERS_H

#include "core/channel/channel.h"

#include <stdbool.h>

struct mf_active_policy;

/** The calling thread's counter, taken on its first call; NULL when all are taken. */
struct mf_thread_counter *mf_thread_counter_mine(struct mf_process *process);

/** Whether a counter's owner is to look for a new policy. */
static inline bool mf_thread_counter_notified(const struct mf_thread_counter *counter) {
    return atomic_load_explicit(&counter->passed, memory_order_relaxed) &
           MF_THREAD_COUNTER_NOTICE;
}

/** Use one call of a lease that a signal handler left behind; whether there was one. */
bool mf_thread_counter_spend(struct mf_thread_counter *counter);

/**
 * End the present lease: what was used of it joins the counter's totals, the rest of its
 * numbers goes back to the process.
 *
 * @counting
 *         Whether the calling thread has counted a call down that this lease did not
 *         cover.
 */
void mf_thread_counter_settle(struct mf_process *process,
                              struct mf_thread_counter *counter, bool counting);

/** Begin a lease of `count` calls, granted under the process's `epoch`. */
void mf_thread_counter_grant(struct mf_thread_counter *counter, enum mf_lease lease,
                             uint64_t count, uint32_t epoch);

/** Take the next number of a policy; 0 when the call rides on a number known to pass. */
uint64_t mf_thread_counter_number(const struct mf_active_policy *active,
                                  struct mf_process *process,
                                  struct mf_thread_counter *counter);

/** Lease the numbers up to the next trigger, or a fair part of them. */
void mf_thread_counter_lease(const struct mf_active_policy *active,
                             struct mf_process *process,
                             struct mf_thread_counter *counter, uint32_t epoch);

/** The policy that the counter's owner decides by is another from now on: the lease that
 * the former one granted ends. */
void mf_thread_counter_turn(const struct mf_active_policy *active,
                            struct mf_process *process,
                            struct mf_thread_counter *counter);

/** End the time of one thread holding all numbers: called by that thread, between
 * calls. */
void mf_thread_counters_leave_solo(struct mf_process *process,
                                   struct mf_thread_counter *counter);

/** Have counters of ending threads returned. Called once, while the library starts;
 * whether that can be had. */
bool mf_thread_counters_hook_exits(void);

#endif
