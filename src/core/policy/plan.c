// SPDX-License-Identifier: MIT
#include "core/policy/plan.h"

#include "core/policy/glob.h"

#include <string.h>

/** Whether a rule's selection depends on nothing but function, size and time: what has
 * failed before is no plain matter, for threads fail at the same time. */
static bool selects_plainly(const struct mf_rule *rule) {
    return !mf_place_given(&rule->caller) && !mf_place_given(&rule->stack) &&
           !rule->thread_name[0] && !rule->thread_index && !rule->after_failures;
}

/** Whether it takes calls by their count in the thread, or any. */
static bool takes_by_thread(const struct mf_rule *rule) {
    return rule->trigger == MF_PROBABILITY || rule->trigger == MF_ALWAYS ||
           (rule->counter == MF_PER_THREAD && rule->trigger != MF_HEAP_ABOVE);
}

static bool takes_by_number(const struct mf_rule *rule) {
    return rule->counter == MF_PER_PROCESS && rule->trigger != MF_PROBABILITY &&
           rule->trigger != MF_HEAP_ABOVE;
}

static bool same_selection(const struct mf_rule *a, const struct mf_rule *b) {
    return a->functions == b->functions && a->size_min == b->size_min &&
           a->size_max == b->size_max && a->after_ns == b->after_ns &&
           a->before_ns == b->before_ns;
}

/** Widen a window to hold sizes from `min` to `max`. */
static void widen(struct mf_window *window, uint64_t min, uint64_t max) {
    if (window->count) {
        uint64_t last = window->low + (window->count - 1);
        min = min < window->low ? min : window->low;
        max = max > last ? max : last;
    }
    window->low = min;
    window->count = max - min == UINT64_MAX ? UINT64_MAX : max - min + 1;
}

static void widen_all(struct mf_plan *plan, mf_functions functions, uint64_t min,
                      uint64_t max) {
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        if (functions & MF_FUNCTION_BIT(i)) {
            widen(&plan->windows[i], min, max);
        }
    }
}

static void add_rule(struct mf_plan *plan, const struct mf_rule *rule) {
    plan->functions |= rule->functions;
    plan->timed |= rule->after_ns > 0 || rule->before_ns < UINT64_MAX;
    if (rule->after_ns < plan->after_ns) {
        plan->after_ns = rule->after_ns;
    }
    if (rule->before_ns > plan->before_ns) {
        plan->before_ns = rule->before_ns;
    }
    plan->asks_caller |= mf_place_given(&rule->caller);
    plan->asks_stack |= mf_place_given(&rule->stack);
    plan->only_callers &= mf_place_given(&rule->caller);
    plan->only_stacks &= mf_place_given(&rule->stack);
    widen_all(plan, rule->functions, rule->size_min, rule->size_max);
}

bool mf_plan_asks_index(const struct mf_policy *policy) {
    bool asks = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        asks |= policy->rules[i].process_index != 0;
    }
    return asks;
}

bool mf_plan_asks_heap(const struct mf_policy *policy) {
    bool asks = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        asks |= policy->rules[i].trigger == MF_HEAP_ABOVE;
    }
    return asks;
}

void mf_plan_make(struct mf_plan *plan, const struct mf_policy *policy, const char *image,
                  uint64_t index) {
    memset(plan, 0, sizeof(*plan));
    plan->policy = policy;
    // A fork goes on with what it holds: it is counted before its turn comes.
    plan->asks_heap = mf_plan_asks_heap(policy);
    plan->uniform = true;
    plan->by_thread = true;
    plan->only_callers = true;
    plan->only_stacks = true;
    plan->after_ns = UINT64_MAX;
    const struct mf_rule *first = NULL;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct mf_rule *rule = &policy->rules[i];
        if (rule->process[0] && !mf_glob_match(rule->process, image)) {
            continue;
        }
        if (rule->process_index && rule->process_index != index) {
            continue;
        }
        first = first ? first : rule;
        plan->rules |= UINT64_C(1) << i;
        bool alike = selects_plainly(rule) && same_selection(rule, first);
        plan->uniform &= alike && takes_by_number(rule);
        plan->by_thread &= alike && takes_by_thread(rule);
        add_rule(plan, rule);
    }
    // Where either would do, numbers of the process are shared out more cheaply.
    plan->by_thread &= !plan->uniform;
    if (plan->asks_heap) {
        widen_all(plan, MF_FUNCTIONS_DEFAULT, 0, UINT64_MAX);
    }
}
