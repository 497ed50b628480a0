// SPDX-License-Identifier: MIT
// Two ways to the same answers. A uniform plan is decided by arithmetic on one number:
// what each rule has counted before call N follows from N alone, because the rules in
// front of it are deterministic too. Any other plan counts per rule, call by call.
#include "core/policy/decide.h"

#include "core/policy/mix.h"

/** How many calls are looked at ahead: as many draws come at once. */
#define DRAWN_AHEAD 1024

/** How many entries of the ascending list are below a count. */
static uint64_t nth_below(const struct mf_rule *rule, uint64_t count) {
    uint64_t low = 0;
    uint64_t high = rule->nth_count;
    while (low < high) {
        uint64_t middle = (low + high) / 2;
        if (rule->nth[middle] < count) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** How many counts below `count` a rule's trigger holds for, `times` left aside. */
static uint64_t triggers_below(const struct mf_rule *rule, uint64_t count) {
    switch (rule->trigger) {
    case MF_NTH:
        return nth_below(rule, count);
    case MF_RANGE: {
        uint64_t end = count - 1 < rule->to ? count - 1 : rule->to;
        return end < rule->from ? 0 : (end - rule->from) / rule->step + 1;
    }
    case MF_EVERY:
        return (count - 1) / rule->every;
    case MF_FROM:
        return count > rule->from ? count - rule->from : 0;
    default:
        return count - 1;
    }
}

/** The first count not below `count` that a rule's trigger holds for;
 * UINT64_MAX = none. */
static uint64_t trigger_at(const struct mf_rule *rule, uint64_t count) {
    switch (rule->trigger) {
    case MF_NTH: {
        uint64_t at = nth_below(rule, count);
        return at < rule->nth_count ? rule->nth[at] : UINT64_MAX;
    }
    case MF_RANGE: {
        if (count <= rule->from) {
            return rule->from;
        }
        uint64_t steps = (count - rule->from + rule->step - 1) / rule->step;
        uint64_t room = (rule->to - rule->from) / rule->step;
        return steps <= room ? rule->from + steps * rule->step : UINT64_MAX;
    }
    case MF_EVERY: {
        uint64_t rest = (count - 1) % rule->every;
        uint64_t ahead = rule->every - 1 - rest;
        return count <= UINT64_MAX - ahead ? count + ahead : UINT64_MAX;
    }
    case MF_FROM:
        return count > rule->from ? count : rule->from;
    default:
        return count;
    }
}

/** How many counts below `count` a rule takes. */
static uint64_t taken_below(const struct mf_rule *rule, uint64_t count) {
    uint64_t triggers = triggers_below(rule, count);
    return triggers < rule->times ? triggers : rule->times;
}

/** The first count not below `count` that a rule takes; UINT64_MAX = none. */
static uint64_t takes_at(const struct mf_rule *rule, uint64_t count) {
    return triggers_below(rule, count) < rule->times ? trigger_at(rule, count)
                                                     : UINT64_MAX;
}

int mf_decide_number(const struct mf_plan *plan, uint64_t number) {
    uint64_t count = number;
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        int at = __builtin_ctzll(rules);
        const struct mf_rule *rule = &plan->policy->rules[at];
        if (takes_at(rule, count) == count) {
            return at;
        }
        count -= taken_below(rule, count);
    }
    return -1;
}

uint64_t mf_decide_passing_ahead(const struct mf_plan *plan, uint64_t number) {
    uint64_t ahead = UINT64_MAX - number;
    uint64_t next = number + 1;
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        const struct mf_rule *rule = &plan->policy->rules[__builtin_ctzll(rules)];
        uint64_t at = takes_at(rule, next);
        if (at != UINT64_MAX && at - next < ahead) {
            ahead = at - next;
        }
        next -= taken_below(rule, next);
    }
    return ahead;
}

/** Add one, and say what it came to. */
static uint64_t count_up(_Atomic uint64_t *count, bool alone) {
    if (!alone) {
        return atomic_fetch_add_explicit(count, 1, memory_order_relaxed) + 1;
    }
    uint64_t value = atomic_load_explicit(count, memory_order_relaxed) + 1;
    atomic_store_explicit(count, value, memory_order_relaxed);
    return value;
}

/** Add one unless the limit is reached. */
static bool take(_Atomic uint64_t *taken, uint64_t times) {
    uint64_t value = atomic_load_explicit(taken, memory_order_relaxed);
    while (value < times) {
        if (atomic_compare_exchange_weak_explicit(
                taken, &value, value + 1, memory_order_relaxed, memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

/** The filters, the cheap ones first. */
static bool selects(const struct mf_plan *plan, unsigned at, const struct mf_call *call) {
    const struct mf_rule *rule = &plan->policy->rules[at];
    if (!(rule->functions & MF_FUNCTION_BIT(call->function)) ||
        call->size < rule->size_min || call->size > rule->size_max) {
        return false;
    }
    if (plan->timed &&
        (call->time_ns < rule->after_ns || call->time_ns >= rule->before_ns)) {
        return false;
    }
    if (call->failures < rule->after_failures) {
        return false;
    }
    if (rule->thread_index && rule->thread_index != call->thread) {
        return false;
    }
    return (!mf_place_given(&rule->caller) || call->holds(call, MF_FILTER_CALLER, at)) &&
           (!rule->thread_name[0] || call->holds(call, MF_FILTER_THREAD_NAME, at)) &&
           (!mf_place_given(&rule->stack) || call->holds(call, MF_FILTER_STACK, at));
}

/** The first count from `count` on and below `end` that chance takes; `end` = none. Same
 * seed, same answers: depends on rule, thread and how many calls the thread made. */
static uint64_t by_chance(const struct mf_plan *plan, unsigned at, uint64_t thread,
                          uint64_t count, uint64_t end) {
    uint64_t probability = plan->policy->rules[at].probability;
    uint64_t start = mf_mix(plan->policy->seed + MF_MIX_STEP);
    start = mf_mix(start ^ (thread << 8 | at));
    while (count < end && probability != UINT64_MAX &&
           mf_mix(start + count * MF_MIX_STEP) >= probability) {
        count++;
    }
    return count;
}

static bool triggers(const struct mf_plan *plan, unsigned at, const struct mf_call *call,
                     uint64_t count) {
    const struct mf_rule *rule = &plan->policy->rules[at];
    switch (rule->trigger) {
    case MF_PROBABILITY:
        return by_chance(plan, at, call->thread, count, count + 1) == count;
    case MF_HEAP_ABOVE:
        return call->heap_after > rule->heap_above;
    default:
        return trigger_at(rule, count) == count;
    }
}

uint64_t mf_decide_passing_ahead_alone(const struct mf_plan *plan,
                                       const struct mf_counts *counts, uint64_t thread) {
    uint64_t ahead = DRAWN_AHEAD;
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        unsigned at = (unsigned)__builtin_ctzll(rules);
        const struct mf_rule *rule = &plan->policy->rules[at];
        uint64_t next =
            atomic_load_explicit(&counts->thread[at].selected, memory_order_relaxed) + 1;
        if (atomic_load_explicit(&counts->process[at].taken, memory_order_relaxed) >=
            rule->times) {
            continue;
        }
        uint64_t taken = rule->trigger == MF_PROBABILITY
                             ? by_chance(plan, at, thread, next, next + ahead)
                             : trigger_at(rule, next);
        ahead = taken - next < ahead ? taken - next : ahead;
    }
    return ahead;
}

int mf_decide(const struct mf_plan *plan, const struct mf_counts *counts,
              const struct mf_call *call) {
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        unsigned at = (unsigned)__builtin_ctzll(rules);
        const struct mf_rule *rule = &plan->policy->rules[at];
        if (!selects(plan, at, call)) {
            continue;
        }
        uint64_t count = count_up(&counts->process[at].selected, counts->alone);
        if (rule->counter == MF_PER_THREAD || rule->trigger == MF_PROBABILITY) {
            count = count_up(&counts->thread[at].selected, true);
        }
        if (triggers(plan, at, call, count) &&
            take(&counts->process[at].taken, rule->times)) {
            return (int)at;
        }
    }
    return -1;
}
