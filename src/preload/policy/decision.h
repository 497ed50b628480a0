// SPDX-License-Identifier: MIT
/** The decision on one call by the policy that holds, and its counting. */
#ifndef MF_PRELOAD_POLICY_DECISION_H
#define MF_PRELOAD_POLICY_DECISION_H

#include "preload/call/call.h"
#include "preload/policy/active_policy.h"

/**
 * Decide, count, and write down what fails. From inside.
 *
 * @active
 *         Taken by mf_active_policy_enter().
 * @counter
 *         The calling thread's; NULL where it has none.
 * @return
 *         Whether the call passes.
 */
bool mf_decision_passes(struct mf_active_policy *active, struct mf_process *process,
                        struct mf_thread_counter *counter,
                        struct mf_interposed_call *call);

#endif
