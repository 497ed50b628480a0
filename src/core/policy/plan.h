// SPDX-License-Identifier: MIT
/**
 * The plan: a policy reduced to what matters in one process. It is computed once, when the
 * policy is loaded, so that only relevant checks are made for each call.
 */
#ifndef MF_CORE_POLICY_PLAN_H
#define MF_CORE_POLICY_PLAN_H

#include "core/policy/policy.h"

#include <stdbool.h>

/** The sizes that some rule can select: `size - low < count`; count 0 = none at all. */
struct mf_window {
    uint64_t low, count;
};

struct mf_plan {
    const struct mf_policy *policy;
    /** The rules that can select a call of this process: bit N = rule N. */
    uint64_t rules;
    /** The functions that at least one of them selects. */
    mf_functions functions;
    /**
     * Whether all rules select the same calls, by function, size and time alone, and take
     * them by count. Then one number per process decides, see mf_decide_number().
     */
    bool uniform;
    /** Whether all rules select the same calls in that way, but take them by each
     * thread's own count: see mf_decide_passing_ahead_alone(). */
    bool by_thread;
    /** Whether some rule has a time filter; the hull of those windows. */
    bool timed;
    uint64_t after_ns, before_ns;
    /** What the rules need to know about a call besides function, size and time. */
    bool asks_caller, asks_stack, asks_heap;
    /** Whether every rule has a caller filter: a call from elsewhere can pass at once. */
    bool only_callers;
    /** The same for stack filters. */
    bool only_stacks;
    /** Per function, the hull of what the rules select. */
    struct mf_window windows[MF_FUNCTION_COUNT];
};

/**
 * Compute the plan.
 *
 * @policy
 *         Kept by reference; must outlive the plan.
 * @image
 *         The base name of the process's executable, for the rules' `process` filter.
 * @index
 *         Which process of its image it is, from 1.
 */
void mf_plan_make(struct mf_plan *plan, const struct mf_policy *policy, const char *image,
                  uint64_t index);

/** Whether a policy depends on a process's index among those of its image. */
bool mf_plan_asks_index(const struct mf_policy *policy);

/** Whether a policy depends on the size of the live heap. */
bool mf_plan_asks_heap(const struct mf_policy *policy);

/** Whether a rule can select a call of this size to this function. */
static inline bool mf_window_holds(const struct mf_window *window, uint64_t size) {
    return size - window->low < window->count;
}

#endif
