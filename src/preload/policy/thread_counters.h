// SPDX-License-Identifier: MIT
/**
 * Thread counters: how the threads of a process share out the numbers of a uniform plan.
 *
 * A thread owns a counter and holds a lease in it: a range of numbers that contains no
 * trigger. Counting one down takes one instruction on the thread's own memory. While the
 * process has one thread, a lease reaches to the next trigger. With more threads it is
 * short: all counters together get at most half of what is left before the trigger, and an
 * ending thread returns what it has not used. So each number is handed out once and no
 * trigger is missed. (Leases come from the sloppy counters of Boyd-Wickizer et al., "An
 * Analysis of Linux Scalability to Many Cores", OSDI 2010, made exact where it matters.)
 */
#ifndef MF_PRELOAD_POLICY_THREAD_COUNTERS_H
#define MF_PRELOAD_POLICY_THREAD_COUNTERS_H

#include "core/channel/channel.h"

#include <stdbool.h>

struct mf_active_policy;

/** The calling thread's counter, taken on its first call; NULL when all are taken. */
struct mf_thread_counter *mf_thread_counter_mine(struct mf_process *process);

/** Whether a counter's owner must check for a new policy. */
static inline bool mf_thread_counter_notified(const struct mf_thread_counter *counter) {
    return atomic_load_explicit(&counter->passed, memory_order_relaxed) &
           MF_THREAD_COUNTER_NOTICE;
}

/** Use one call of a lease that a signal handler left. Returns whether there was one. */
bool mf_thread_counter_spend(struct mf_thread_counter *counter);

/**
 * End the current lease: add what was used of it to the counter's totals, and return the
 * rest of its numbers to the process.
 *
 * @counting
 *         Whether the calling thread has counted down for a call that this lease did not
 *         cover.
 */
void mf_thread_counter_settle(struct mf_process *process,
                              struct mf_thread_counter *counter, bool counting);

/** Begin a lease of `count` calls, granted under the process's `epoch`. */
void mf_thread_counter_grant(struct mf_thread_counter *counter, enum mf_lease lease,
                             uint64_t count, uint32_t epoch);

/** Take the next number of a policy; 0 if the call uses a number that is known to pass. */
uint64_t mf_thread_counter_number(const struct mf_active_policy *active,
                                  struct mf_process *process,
                                  struct mf_thread_counter *counter);

/** Lease the numbers up to the next trigger, or a fair part of them. */
void mf_thread_counter_lease(const struct mf_active_policy *active,
                             struct mf_process *process,
                             struct mf_thread_counter *counter, uint32_t epoch);

/** Switch the counter's owner to a new policy: end the lease that the previous policy
 * granted. */
void mf_thread_counter_turn(const struct mf_active_policy *active,
                            struct mf_process *process,
                            struct mf_thread_counter *counter);

/** End the phase in which one thread holds all numbers. That thread calls it, between
 * calls. */
void mf_thread_counters_leave_solo(struct mf_process *process,
                                   struct mf_thread_counter *counter);

/** Arrange for ending threads to return their counters. Called once, while the library
 * starts. Returns whether that is possible. */
bool mf_thread_counters_hook_exits(void);

#endif
