// SPDX-License-Identifier: MIT
/**
 * The policy in effect, and how it is replaced while the process runs.
 *
 * A process has room for the policy that it was started with and for two more, which are used
 * in turn. A thread that decides a call marks in its counter which policy it reads. A new policy
 * is written where no thread reads, and takes effect when its index is published. Then the
 * threads are notified through their counters, so that none continues with a lease of the old
 * policy. An allocation never waits.
 */
#ifndef MF_PRELOAD_POLICY_ACTIVE_POLICY_H
#define MF_PRELOAD_POLICY_ACTIVE_POLICY_H

#include "core/policy/plan.h"
#include "preload/base/state.h"
#include "preload/stack/sites.h"

/**
 * A policy that is or was in effect, and the data derived from it. Its counts are in the
 * process's tally of the same index.
 */
struct mf_active_policy {
    struct mf_plan plan;
    /** The times of its rules count from this moment: CLOCK_MONOTONIC in ns. */
    uint64_t begun_ns;
    /** Policies are numbered from 1 as they arrive. */
    uint32_t serial;
    /** The `rule` of its injections, if it is not the first policy. */
    uint32_t origin;
    /** The sequence of the control that brought it; 0 = it came in another way. */
    uint32_t control;
    /** The allocations and the failures of the process before it. */
    uint64_t seen_before, failed_before;
    struct mf_sites sites;
    struct mf_policy policy;
};

struct mf_policies {
    /** Index of the policy in effect. */
    _Atomic uint32_t present;
    /** The thread that is about to replace it; 0 = none. */
    _Atomic uint32_t replacing;
    /** The latest serial, and the last sequence of the control that was looked at. */
    uint32_t serial;
    _Atomic uint32_t control;
    /** For each policy, how many threads without a counter are deciding by it. */
    _Atomic uint32_t strangers[MF_TALLIES];
    /** [0] is the one that the process was started with. */
    struct mf_active_policy all[MF_TALLIES];
};

extern struct mf_policies mf_policies;

/** The policy in effect. */
static inline struct mf_active_policy *mf_active_policy_now(void) {
    return &mf_policies
                .all[atomic_load_explicit(&mf_policies.present, memory_order_acquire)];
}

/** A policy's index, which is also that of its tally. */
static inline uint32_t mf_active_policy_index(const struct mf_active_policy *active) {
    return (uint32_t)(active - mf_policies.all);
}

/** Take the policy in effect, for one decision. The counter may be NULL. */
struct mf_active_policy *mf_active_policy_enter(struct mf_process *process,
                                                struct mf_thread_counter *counter);

/** Give it back after the decision. */
void mf_active_policy_leave(struct mf_process *process, struct mf_thread_counter *counter,
                            const struct mf_active_policy *active);

/** Take the policy of the channel's control, if there is a new one and no other thread is
 * replacing the policy; if one is, a later call takes it. Called inside the library. */
void mf_active_policy_follow(struct mf_process *process);

/** Whether the control has a policy that this process has not taken. */
static inline bool mf_active_policy_is_stale(void) {
    return mf.head &&
           mf_unlikely(
               atomic_load_explicit(&mf.head->control.sequence, memory_order_relaxed) !=
               atomic_load_explicit(&mf_policies.control, memory_order_relaxed));
}

/**
 * Begin to replace the policy. Called inside the library. Other threads continue with the old
 * one.
 *
 * @return
 *         One whose `policy` the caller writes; NULL while another thread is replacing the
 *         policy, or still reads the one that would be overwritten.
 */
struct mf_active_policy *mf_active_policy_begin(struct mf_process *process);

/**
 * Put the new policy into effect, and arm. Its plan is made here.
 *
 * @begun_ns
 *         The times of its rules count from this moment: CLOCK_MONOTONIC in ns.
 */
void mf_active_policy_commit(struct mf_process *process, struct mf_active_policy *active,
                             uint32_t origin, uint64_t begun_ns);

/** Abandon the replacement, so that another thread may begin one. Not needed after
 * mf_active_policy_commit(). */
void mf_active_policy_unlock(void);

/** Put the policy that the process was started with into effect again; false if another thread
 * is replacing the policy. */
bool mf_active_policy_restore(struct mf_process *process);

/** In a forked child: no other thread reads or replaces a policy. */
void mf_active_policy_inherit(struct mf_process *process);

/** The same, after its slot has been filled: remake the plans that depend on the number of this
 * process among those of its image, and update mf_hot. */
void mf_active_policy_inherit_plans(struct mf_process *process);

/** Modules were unloaded: forget the call sites that are known under any policy. */
void mf_active_policies_expire_sites(void);

/** Make a policy's plan. No other thread reads it meanwhile. */
void mf_active_policy_plan(struct mf_process *process, struct mf_active_policy *active);

/** Copy to mf_hot the part of the policy in effect that the fast path needs. */
void mf_active_policy_show(struct mf_active_policy *active);

#endif
