// SPDX-License-Identifier: MIT
/**
 * The one question: does this call fail?
 *
 * Lock-free and safe in a signal handler. Answers depend on the arguments only.
 */
#ifndef MF_CORE_POLICY_DECIDE_H
#define MF_CORE_POLICY_DECIDE_H

#include "core/policy/count.h"
#include "core/policy/plan.h"

/** The filters of a rule that are expensive to check. */
enum mf_filter {
    MF_FILTER_CALLER,
    MF_FILTER_STACK,
    MF_FILTER_THREAD_NAME,
};

/** What rules need to know about a call. It can be the first member of a larger struct:
 * holds() gets the same pointer. */
struct mf_call {
    /** enum mf_function */
    uint32_t function;
    /** Bytes asked for. */
    uint64_t size;
    /** ns since arming; used only if the plan is timed. */
    uint64_t time_ns;
    /** Bytes in live blocks if the call succeeds; used only if the plan has asks_heap. */
    uint64_t heap_after;
    /** Allocations of the process that have failed so far. */
    uint64_t failures;
    /** 1-based index of the calling thread. */
    uint64_t thread;
    /** Whether the rule's filter holds for this call; called after the cheap filters. */
    bool (*holds)(const struct mf_call *call, enum mf_filter filter, unsigned rule);
};

/** The counts that mf_decide() updates. */
struct mf_counts {
    /** MF_POLICY_RULES_MAX counts of the process. */
    struct mf_count *process;
    /** MF_POLICY_RULES_MAX counts of the calling thread. */
    struct mf_count *thread;
    /** Whether no other thread can access `process` meanwhile: then no atomic additions are
     * needed. */
    bool alone;
};

/**
 * Decide one call under any plan, and count it.
 *
 * @return
 *         The index of the rule that takes the call (whether it fails or spares it), or
 *         -1.
 */
int mf_decide(const struct mf_plan *plan, const struct mf_counts *counts,
              const struct mf_call *call);

/**
 * Decide a call under a uniform plan by its number alone. Pure: a number always gets the
 * same answer, whoever asks and in any order.
 *
 * @number
 *         1 for the first call that the plan selects in this process, and so on.
 * @return
 *         The index of the rule that takes the call, or -1.
 */
int mf_decide_number(const struct mf_plan *plan, uint64_t number);

/**
 * How many calls in a row, after the one with this number, are known to pass under a
 * uniform plan because no rule takes them. Pure.
 *
 * @number
 *         0 = before the first call.
 * @return
 *         A count; UINT64_MAX - number if no rule will ever take a call again.
 */
uint64_t mf_decide_passing_ahead(const struct mf_plan *plan, uint64_t number);

/**
 * How many of a thread's next calls are known to pass, if each thread counts for itself
 * (the plan's `by_thread`). The thread that makes them must add them to `selected` of each
 * rule in counts->thread.
 *
 * @thread
 *         1-based index of the calling thread.
 * @return
 *         A count; there may be more.
 */
uint64_t mf_decide_passing_ahead_alone(const struct mf_plan *plan,
                                       const struct mf_counts *counts, uint64_t thread);

/** Whether a rule makes the calls that it takes fail. */
static inline bool mf_rule_fails(const struct mf_plan *plan, int rule) {
    return rule >= 0 && plan->policy->rules[rule].action == MF_FAIL;
}

#endif
