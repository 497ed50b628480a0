// SPDX-License-Identifier: MIT
#include "preload/policy/decision.h"

#include "core/policy/decide.h"
#include "core/policy/glob.h"
#include "countdown.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/explore.h"
#include "preload/heap/liveheap.h"
#include "preload/policy/thread_counters.h"

#include <string.h>

/** The kernel's tick is 10 ms at most: how far the coarse clock can lag, and some. */
#define COARSE_LAG_NS UINT64_C(11000000)

/** Whether a time lies so far from an edge that the coarse clock tells the side. */
static bool clear_of(uint64_t coarse, uint64_t edge) {
    return coarse >= edge || edge - coarse > COARSE_LAG_NS;
}

/** How long a policy has held. */
static uint64_t time_of(const struct mf_active_policy *active, uint64_t now) {
    uint64_t begun = mf_active_policy_index(active) == 0 ? mf.armed_ns : active->begun_ns;
    return now > begun ? now - begun : 0;
}

/** The same, precise where the plan's window is near. */
static uint64_t time_for_window(const struct mf_active_policy *active) {
    uint64_t coarse = time_of(active, mf_sys_now_coarse());
    if (clear_of(coarse, active->plan.after_ns) &&
        clear_of(coarse, active->plan.before_ns)) {
        return coarse;
    }
    return time_of(active, mf_now());
}

static void count_call(struct mf_process *process, struct mf_thread_counter *counter) {
    if (counter) {
        mf_count_up(&counter->used);
    } else {
        atomic_fetch_add_explicit(&process->stray, 1, memory_order_relaxed);
    }
}

/** Whether the runner knows the times of a policy and recalls leases at their edges. */
static bool is_tended(const struct mf_active_policy *active) {
    return mf.slots && mf.process != &mf.own_slot && mf_active_policy_index(active) == 0;
}

/** Whether leases may be granted: not where only the clock can end them. */
static bool leases_allowed(const struct mf_active_policy *active) {
    return !active->plan.timed || is_tended(active) ||
           active->plan.before_ns == UINT64_MAX;
}

/** Outside the plan's time window: the runner recalls the lease at its edge. */
static bool passes_closed(const struct mf_active_policy *active,
                          struct mf_thread_counter *counter, uint32_t epoch) {
    if (counter) {
        mf_count_up(&counter->passed);
        if (is_tended(active)) {
            mf_thread_counter_grant(counter, MF_LEASE_CLOSED,
                                    (uint64_t)MF_THREAD_COUNTER_RECALL / 4, epoch);
        }
    }
    return true;
}

/** Write down that a rule has failed a call, which has this number among those that rules
 * count. */
static void record(const struct mf_active_policy *active, struct mf_process *process,
                   struct mf_interposed_call *call, int rule, uint64_t number) {
    call->error = active->policy.rules[rule].error;
    uint64_t seen = mf_process_seen(process);
    // Exact also while threads count on, but of the first policy's calls only.
    uint64_t exact = number + seen - mf_process_counted(process);
    mf_call_record(call, process, active->origin ? active->origin : (uint32_t)rule,
                   number && mf_policies.serial == 1 ? exact : seen);
}

/** Under a plan that grants leases: whether a call passes without a rule being asked. */
static bool passes_unasked(const struct mf_active_policy *active,
                           struct mf_process *process, struct mf_thread_counter *counter,
                           struct mf_interposed_call *call, uint32_t epoch) {
    const struct mf_plan *plan = &active->plan;
    if (counter) {
        if (mf_thread_counter_spend(counter)) {
            return true;
        }
        mf_thread_counter_settle(process, counter, true);
    }
    if (plan->timed) {
        call->facts.time_ns = time_for_window(active);
        return (call->facts.time_ns < plan->after_ns ||
                call->facts.time_ns >= plan->before_ns) &&
               passes_closed(active, counter, epoch);
    }
    return false;
}

/** Decide under a uniform plan. */
static bool passes_by_number(const struct mf_active_policy *active,
                             struct mf_process *process,
                             struct mf_thread_counter *counter,
                             struct mf_interposed_call *call) {
    const struct mf_plan *plan = &active->plan;
    uint32_t epoch = atomic_load(&process->epoch);
    if (passes_unasked(active, process, counter, call, epoch)) {
        return true;
    }
    count_call(process, counter);
    uint64_t number = mf_thread_counter_number(active, process, counter);
    int rule = number ? mf_decide_number(plan, number) : -1;
    if (number && counter && leases_allowed(active)) {
        mf_thread_counter_lease(active, process, counter, epoch);
    }
    if (rule >= 0) {
        atomic_fetch_add(
            &process->tallies[mf_active_policy_index(active)].rules[rule].taken, 1);
    }
    if (!mf_rule_fails(plan, rule)) {
        return rule >= 0 || !number || mf_explore_passes(process, call, number);
    }
    record(active, process, call, rule, number);
    return false;
}

static bool thread_name_holds(const struct mf_rule *rule) {
    char name[16] = "";
    if (!mf_is_shut_in()) {
        mf_sys_thread_name(name);
    }
    return mf_glob_match(rule->thread_name, name);
}

/** mf_call's question about a filter. */
static bool holds(const struct mf_call *facts, enum mf_filter filter, unsigned rule) {
    struct mf_interposed_call *call = (struct mf_interposed_call *)facts;
    switch (filter) {
    case MF_FILTER_CALLER:
        return mf_sites_rules(call->sites, call->caller).callers >> rule & 1;
    case MF_FILTER_STACK:
        return mf_call_stack_rules(call) >> rule & 1;
    default:
        return thread_name_holds(&call->sites->plan->policy->rules[rule]);
    }
}

static uint64_t heap_after(const struct mf_interposed_call *call) {
    int64_t after =
        mf_liveheap_bytes() + (int64_t)call->facts.size - (int64_t)call->freed;
    return after > 0 ? (uint64_t)after : 0;
}

/** The calling thread's counts of a policy's rules. */
static struct mf_count *thread_counts(const struct mf_active_policy *active) {
    if (mf_unlikely(mf_self.serial != active->serial)) {
        memset(mf_self.counts, 0, sizeof(mf_self.counts));
        mf_self.uncounted = 0;
        mf_self.serial = active->serial;
    }
    return mf_self.counts;
}

/** Find out what the rules ask of a call; the dear questions are left for holds(). */
static void find_facts(const struct mf_active_policy *active,
                       const struct mf_process *process,
                       struct mf_interposed_call *call) {
    const struct mf_plan *plan = &active->plan;
    struct mf_call *facts = &call->facts;
    if (!plan->by_thread) {
        facts->time_ns = plan->timed ? time_of(active, mf_now()) : 0;
    }
    facts->heap_after = plan->asks_heap ? heap_after(call) : 0;
    facts->failures = atomic_load_explicit(&process->injections, memory_order_relaxed);
    facts->thread = mf_self.index;
    facts->holds = holds;
}

/** Have each rule count what a lease let pass. */
static void catch_up(const struct mf_plan *plan, struct mf_count *counts) {
    for (uint64_t rules = plan->rules; rules; rules &= rules - 1) {
        atomic_fetch_add_explicit(&counts[__builtin_ctzll(rules)].selected,
                                  mf_self.uncounted, memory_order_relaxed);
    }
    mf_self.uncounted = 0;
}

/** Decide under a plan whose rules count by thread. */
static int decide_alone(const struct mf_active_policy *active, struct mf_process *process,
                        struct mf_thread_counter *counter,
                        const struct mf_interposed_call *call,
                        const struct mf_counts *counts, uint32_t epoch) {
    const struct mf_plan *plan = &active->plan;
    catch_up(plan, counts->thread);
    int rule = mf_decide(plan, counts, &call->facts);
    if (counter && leases_allowed(active)) {
        uint64_t ahead = mf_decide_passing_ahead_alone(plan, counts, call->facts.thread);
        ahead = mf_explore_passing_ahead(process, 0, ahead);
        mf_thread_counter_grant(counter, MF_LEASE_ALONE, ahead, epoch);
    }
    return rule;
}

/** Decide under any plan. */
static bool passes_by_rules(struct mf_active_policy *active, struct mf_process *process,
                            struct mf_thread_counter *counter,
                            struct mf_interposed_call *call) {
    const struct mf_plan *plan = &active->plan;
    uint32_t epoch = atomic_load(&process->epoch);
    if (plan->by_thread && passes_unasked(active, process, counter, call, epoch)) {
        return true;
    }
    count_call(process, counter);
    if (plan->only_callers && !mf_sites_rules(call->sites, call->caller).callers) {
        return true;
    }
    find_facts(active, process, call);
    struct mf_counts counts = {process->tallies[mf_active_policy_index(active)].rules,
                               thread_counts(active),
                               atomic_load_explicit(&mf.solo, memory_order_relaxed)};
    int rule = plan->by_thread
                   ? decide_alone(active, process, counter, call, &counts, epoch)
                   : mf_decide(plan, &counts, &call->facts);
    if (!mf_rule_fails(plan, rule)) {
        return true;
    }
    record(active, process, call, rule, 0);
    return false;
}

bool mf_decision_passes(struct mf_active_policy *active, struct mf_process *process,
                        struct mf_thread_counter *counter,
                        struct mf_interposed_call *call) {
    const struct mf_plan *plan = &active->plan;
    if (!mf_window_holds(&plan->windows[call->facts.function], call->facts.size)) {
        if (counter) {
            mf_count_up(&counter->passed);
        }
        return true;
    }
    call->sites = &active->sites;
    return plan->uniform ? passes_by_number(active, process, counter, call)
                         : passes_by_rules(active, process, counter, call);
}
