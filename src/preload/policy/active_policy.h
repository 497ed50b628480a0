// SPDX-License-Identifier: MIT
/**
 * The policy that holds, and how another one takes its place while the process runs.
 *
 * A process has room for the policy that it was started with and for two more, which take
 * turns. Whoever decides a call marks in its lane which one it reads; a new policy is
 * made where nobody reads, and holds from the moment that its index is published. Lanes
 * are summoned then, so that no thread goes on with what the old one granted. Nobody ever
 * waits on the way of an allocation.
 */
#ifndef MF_PRELOAD_POLICY_ACTIVE_POLICY_H
#define MF_PRELOAD_POLICY_ACTIVE_POLICY_H

#include "preload/base/state.h"

/** Take the regime that holds, for one decision. The lane may be NULL. */
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
               atomic_load_explicit(&mf.control, memory_order_relaxed));
}

/**
 * Begin to replace the policy; from inside. Other threads go on by the old one.
 *
 * @return
 *         A regime whose `policy` is the caller's to write; NULL while another thread
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

/** Let the old one hold on. */
void mf_active_policy_unlock(void);

/** Let the policy hold again that the process was started with; whether nobody was in the
 * way. */
bool mf_active_policy_restore(struct mf_process *process);

/** In a child of a fork: nobody else reads or replaces. */
void mf_active_policy_inherit(struct mf_process *process);

/** The same, once its slot is filled in: plans that ask which process of its image this
 * is are made anew, and what the hot path has to know is shown. */
void mf_active_policy_inherit_plans(struct mf_process *process);

/** Make a regime's plan, as its policy is. Nobody else reads it. */
void mf_active_policy_plan(struct mf_process *process, struct mf_active_policy *active);

/** Copy to mf_hot what the hot path has to know of the regime that holds. */
void mf_active_policy_show(struct mf_active_policy *active);

#endif
