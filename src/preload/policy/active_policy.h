// SPDX-License-Identifier: MIT
/**
 * The policy that holds, and how another one takes its place while the process runs.
 *
 * A process has room for the policy that it was started with and for two more, which take
 * turns. Whoever decides a call marks in its thread counter which one it reads; a new
 * policy is made where nobody reads, and holds from the moment that its index is
 * published. Then the threads are notified by their counters, so that none goes on with
 * what the old policy granted. Nobody ever waits on the way of an allocation.
 */
#ifndef MF_PRELOAD_POLICY_ACTIVE_POLICY_H
#define MF_PRELOAD_POLICY_ACTIVE_POLICY_H

#include "core/policy/plan.h"
#include "preload/base/state.h"
#include "preload/stack/sites.h"

/**
 * A policy that holds or has held, and all that follows from it alone. Its counts are in
 * the process's tally of the same index.
 */
struct mf_active_policy {
    struct mf_plan plan;
    /** When the times of its rules begin: CLOCK_MONOTONIC in ns. */
    uint64_t begun_ns;
    /** Policies are numbered as they come, from 1. */
    uint32_t serial;
    /** The `rule` of its injections, where it is not the first. */
    uint32_t origin;
    /** The sequence of the control that it came by; 0 = in another way. */
    uint32_t control;
    /** What the process had seen and failed before. */
    uint64_t seen_before, failed_before;
    struct mf_sites sites;
    struct mf_policy policy;
};

struct mf_policies {
    /** Index of the policy that holds. */
    _Atomic uint32_t present;
    /** The thread that is about to replace it; 0 = none. */
    _Atomic uint32_t replacing;
    /** The latest serial, and the last sequence of the control that was looked at. */
    uint32_t serial;
    _Atomic uint32_t control;
    /** Per policy, how many threads without a counter are deciding by it. */
    _Atomic uint32_t strangers[MF_TALLIES];
    /** [0] is what the process was started with. */
    struct mf_active_policy all[MF_TALLIES];
};

extern struct mf_policies mf_policies;

/** The policy that holds. */
static inline struct mf_active_policy *mf_active_policy_now(void) {
    return &mf_policies
                .all[atomic_load_explicit(&mf_policies.present, memory_order_acquire)];
}

/** A policy's index, which is its tally's. */
static inline uint32_t mf_active_policy_index(const struct mf_active_policy *active) {
    return (uint32_t)(active - mf_policies.all);
}

/** Take the policy that holds, for one decision. The counter may be NULL. */
struct mf_active_policy *mf_active_policy_enter(struct mf_process *process,
                                                struct mf_thread_counter *counter);

/** The decision is made. */
void mf_active_policy_leave(struct mf_process *process, struct mf_thread_counter *counter,
                            const struct mf_active_policy *active);

/** Take the policy of the channel's control, where there is a new one and nobody is in
 * the way; else a later call does. From inside. */
void mf_active_policy_follow(struct mf_process *process);

/** Whether the control has a policy that this process has not taken. */
static inline bool mf_active_policy_is_stale(void) {
    return mf.head &&
           mf_unlikely(
               atomic_load_explicit(&mf.head->control.sequence, memory_order_relaxed) !=
               atomic_load_explicit(&mf_policies.control, memory_order_relaxed));
}

/**
 * Begin to replace the policy; from inside. Other threads go on by the old one.
 *
 * @return
 *         One whose `policy` is the caller's to write; NULL while another thread
 *         replaces it or still reads what there is no room beside.
 */
struct mf_active_policy *mf_active_policy_begin(struct mf_process *process);

/**
 * Let the new policy hold, and arm. Its plan is made here.
 *
 * @begun_ns
 *         Where the times of its rules begin: CLOCK_MONOTONIC.
 */
void mf_active_policy_commit(struct mf_process *process, struct mf_active_policy *active,
                             uint32_t origin, uint64_t begun_ns);

/** End replacing, with a new policy or without one: another thread may begin. What is
 * committed has ended by itself. */
void mf_active_policy_unlock(void);

/** Let the policy hold again that the process was started with; whether nobody was in the
 * way. */
bool mf_active_policy_restore(struct mf_process *process);

/** In a child of a fork: nobody else reads or replaces. */
void mf_active_policy_inherit(struct mf_process *process);

/** The same, once its slot is filled in: plans that ask which process of its image this
 * is are made anew, and what the fast path has to know is shown. */
void mf_active_policy_inherit_plans(struct mf_process *process);

/** Modules have gone: forget what is known of call sites under any policy. */
void mf_active_policies_expire_sites(void);

/** Make a policy's plan. Nobody else reads it. */
void mf_active_policy_plan(struct mf_process *process, struct mf_active_policy *active);

/** Copy to mf_hot what the fast path has to know of the policy that holds. */
void mf_active_policy_show(struct mf_active_policy *active);

#endif
