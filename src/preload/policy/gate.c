// SPDX-License-Identifier: MIT
#include "preload/policy/gate.h"

#include "core/policy/decide.h"
#include "core/policy/glob.h"
#include "preload/base/bootstrap.h"
#include "preload/base/inside.h"
#include "preload/base/sys.h"
#include "preload/call/visit.h"
#include "preload/explore/account.h"
#include "preload/explore/explore.h"
#include "preload/explore/hold.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/attach.h"
#include "preload/policy/session.h"
#include "preload/policy/thread_counters.h"
#include "preload/trace/record.h"

#include <errno.h>
#include <string.h>

/** glibc's, from 2.32 on: its address is NULL elsewhere. A look-up that fails would leave
 * a message behind, which is freed when the program's numbers are counted. */
extern char __libc_single_threaded __attribute__((weak));

_Static_assert(offsetof(struct mf_state, stage) == MF_PAGE,
               "the wiped page holds no more");

struct mf_state mf;
__thread struct mf_thread mf_self;

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
static bool pass_closed(const struct mf_active_policy *active,
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
static void record(struct mf_visit *visit, struct mf_process *process, int rule,
                   uint64_t number) {
    uint32_t origin = visit->active->origin;
    uint64_t seen = mf_process_seen(process);
    // Exact also while threads count on, but of the first policy's calls only.
    uint64_t exact = number + seen - mf_process_counted(process);
    mf_visit_record(visit, process, origin ? origin : (uint32_t)rule,
                    number && mf.serial == 1 ? exact : seen);
}

/** Decide under a uniform plan. */
static bool pass_by_number(struct mf_process *process, struct mf_thread_counter *counter,
                           struct mf_visit *visit) {
    const struct mf_active_policy *active = visit->active;
    const struct mf_plan *plan = &active->plan;
    uint32_t epoch = atomic_load(&process->epoch);
    if (counter) {
        if (mf_thread_counter_spend(counter)) {
            return true;
        }
        mf_thread_counter_settle(process, counter, true);
    }
    if (plan->timed) {
        visit->time_ns = time_for_window(active);
        if (visit->time_ns < plan->after_ns || visit->time_ns >= plan->before_ns) {
            return pass_closed(active, counter, epoch);
        }
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
        return rule >= 0 || !number || mf_explore_pass(process, visit, number);
    }
    record(visit, process, rule, number);
    return false;
}

static bool thread_name_holds(const struct mf_rule *rule) {
    char name[16] = "";
    if (!mf_is_shut_in()) {
        mf_sys_thread_name(name);
    }
    return mf_glob_match(rule->thread_name, name);
}

static bool stack_holds(struct mf_visit *visit, unsigned at) {
    const struct mf_place *place = &visit->active->policy.rules[at].stack;
    mf_visit_look_at_stack(visit);
    bool names = place->module[0] || place->function[0];
    return (!names || (visit->stack_rules >> at & 1)) &&
           (!place->has_id || visit->stack_id == place->id);
}

/** mf_call's question about a filter. */
static bool holds(const struct mf_call *call, enum mf_filter filter, unsigned rule) {
    struct mf_visit *visit = (struct mf_visit *)call->inside;
    switch (filter) {
    case MF_FILTER_CALLER:
        return mf_sites_rules(visit->active, visit->caller).callers >> rule & 1;
    case MF_FILTER_STACK:
        return stack_holds(visit, rule);
    default:
        return thread_name_holds(&visit->active->policy.rules[rule]);
    }
}

static uint64_t heap_after(const struct mf_visit *visit) {
    int64_t live = atomic_load_explicit(&mf.live_heap, memory_order_relaxed);
    int64_t after = live + (int64_t)visit->size - (int64_t)visit->freed;
    return after > 0 ? (uint64_t)after : 0;
}

/** The calling thread's counts of a policy's rules. */
static struct mf_count *thread_counts(const struct mf_active_policy *active) {
    if (mf_unlikely(mf_self.serial != active->serial)) {
        memset(mf_self.counts, 0, sizeof(mf_self.counts));
        mf_self.serial = active->serial;
    }
    return mf_self.counts;
}

/** Decide under any plan. */
static bool pass_by_rules(struct mf_process *process, struct mf_thread_counter *counter,
                          struct mf_visit *visit) {
    struct mf_active_policy *active = visit->active;
    const struct mf_plan *plan = &active->plan;
    count_call(process, counter);
    if (plan->only_callers && !mf_sites_rules(active, visit->caller).callers) {
        return true;
    }
    struct mf_call call = {
        .function = visit->function,
        .size = visit->size,
        .time_ns = plan->timed ? time_of(active, mf_now()) : 0,
        .heap_after = plan->asks_heap ? heap_after(visit) : 0,
        .failures = atomic_load_explicit(&process->injections, memory_order_relaxed),
        .thread = mf_self.index,
        .holds = holds,
        .inside = visit,
    };
    struct mf_counts counts = {process->tallies[mf_active_policy_index(active)].rules,
                               thread_counts(active),
                               atomic_load_explicit(&mf.solo, memory_order_relaxed)};
    int rule = mf_decide(plan, &counts, &call);
    if (!mf_rule_fails(plan, rule)) {
        return true;
    }
    record(visit, process, rule, 0);
    return false;
}

/** Whether libc says that a second thread was started since the lease was granted. */
static bool solo_ended(void) {
    return atomic_load_explicit(&mf.solo, memory_order_relaxed) && !*mf.single_threaded;
}

/** Decide by the policy that holds. */
static bool pass_by_policy(struct mf_process *process, struct mf_thread_counter *counter,
                           struct mf_visit *visit) {
    const struct mf_plan *plan = &visit->active->plan;
    if (!mf_window_holds(&plan->windows[visit->function], visit->size)) {
        if (counter) {
            mf_count_up(&counter->passed);
        }
        return true;
    }
    return plan->uniform ? pass_by_number(process, counter, visit)
                         : pass_by_rules(process, counter, visit);
}

struct mf_process *mf_gate_process(void) {
    return mf.process ? mf.process : mf_attach_child();
}

static bool judge(struct mf_visit *visit) {
    struct mf_process *process = mf_gate_process();
    if (mf_active_policy_is_stale()) {
        mf_active_policy_follow(process);
    }
    if (mf_session_holds()) {
        return mf_session_pass(process, visit);
    }
    if (atomic_load_explicit(&mf.stage, memory_order_relaxed) != MF_ARMED) {
        atomic_fetch_add_explicit(&process->early, 1, memory_order_relaxed);
        return true;
    }
    if (mf.exploration.child) {
        return mf_hold_pass_more(visit);
    }
    struct mf_thread_counter *counter = mf_thread_counter_mine(process);
    if (solo_ended()) {
        atomic_store_explicit(&mf.solo, 0, memory_order_relaxed);
    }
    struct mf_active_policy *active = mf_active_policy_enter(process, counter);
    visit->active = active;
    bool pass = pass_by_policy(process, counter, visit);
    mf_active_policy_leave(process, counter, active);
    return pass;
}

/** Find the next allocator; whether there is one, whole. */
static bool find_next(void) {
    const char *missing = mf_next_find();
    if (missing) {
        mf_say("no ", missing, " behind ours; nothing will fail", NULL);
        return false;
    }
    mf.single_threaded = &__libc_single_threaded;
    return true;
}

/** Have the page allocator serve, where it is asked for. */
static void start_allocator(void) {
    bool told = mf.head && mf.head->allocator;
    uint32_t align = mf_allocator_align(told ? mf.head->allocator - 1
                                             : mf.active_policies[0].policy.allocator);
    if (!align) {
        return;
    }
    if (!mf_pages_start(align)) {
        mf_say("the page allocator has no address space, or no pages of 4096 bytes; the "
               "next one serves",
               NULL);
    } else if (mf.process) {
        mf_attach_heap(mf.process);
    }
}

/** Start the library if no call has yet, on this thread, from inside. */
static void start(void) {
    uint32_t cold = MF_COLD;
    if (!atomic_compare_exchange_strong(&mf.stage, &cold, MF_STARTING)) {
        return;
    }
    bool found = mf_hot.next.brk || find_next();
    enum mf_gate_stage stage = found ? mf_attach_start() : MF_OFF;
    if (stage >= MF_READY) {
        start_allocator();
        mf_next_alias();
    }
    if (stage != MF_COLD) {
        mf_record_start();
    }
    mf_hot.blocks_watched = mf_bootstrap.used > 0;
    mf_hot.free = mf_hot.blocks_watched ? mf_gate_free : mf_hot.next.free;
    if (stage >= MF_READY) {
        mf_active_policy_show(&mf.active_policies[0]);
    }
    atomic_store_explicit(&mf.stage, stage, memory_order_release);
}

static uint32_t stage_now(void) {
    uint32_t stage = atomic_load_explicit(&mf.stage, memory_order_acquire);
    if (stage == MF_COLD) {
        start();
        stage = atomic_load_explicit(&mf.stage, memory_order_acquire);
    }
    return stage;
}

bool mf_gate_pass(enum mf_function function, uint64_t size, uint64_t freed,
                  void *caller) {
    struct mf_inside_mark mark;
    if (!mf_inside_enter(&mark)) {
        return true;
    }
    int saved = errno;
    bool pass = true;
    if (stage_now() >= MF_READY) {
        struct mf_visit visit;
        mf_visit_begin(&visit, function, size, freed, caller);
        pass = judge(&visit);
    }
    errno = saved;
    mf_inside_leave();
    return pass;
}

void mf_gate_start(void) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (mf_inside_enter(&mark)) {
        stage_now();
        mf_inside_leave();
    }
    errno = saved;
}

void mf_gate_shut_in(bool strict) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (mf_inside_enter(&mark)) {
        if (stage_now() >= MF_READY) {
            mf_thread_counter_mine(mf_gate_process());
            mf_modules_expire();
            mf_modules_find(mark.words[0]);
        }
        mf_inside_leave();
    }
    atomic_store_explicit(&mf.exploration.shut_in, 1, memory_order_relaxed);
    if (strict) {
        atomic_store_explicit(&mf.exploration.strict, 1, memory_order_relaxed);
    }
    errno = saved;
}

void mf_gate_trace_refused(void) {
    if (mf.head) {
        atomic_store_explicit(&mf.head->trace_refused, 1, memory_order_relaxed);
    }
}

void mf_gate_leave_solo(void) {
    struct mf_inside_mark mark;
    struct mf_thread_counter *counter = mf_self.own;
    if (*mf.single_threaded || !counter || !mf_inside_enter(&mark)) {
        return;
    }
    if (mf_active_policy_now()->plan.uniform) {
        mf_thread_counters_leave_solo(mf.process, counter);
    }
    mf_inside_leave();
}

/** Keep account of a new block, if it is the program's. */
static void keep_block(const void *block, uint64_t size, void *caller) {
    struct mf_inside_mark mark;
    bool armed = atomic_load_explicit(&mf.stage, memory_order_relaxed) == MF_ARMED;
    if (armed && mf_account_kept() && mf_inside_enter(&mark)) {
        int saved = errno;
        mf_account_add(block, size, caller);
        errno = saved;
        mf_inside_leave();
    }
}

void mf_gate_grew(const void *block, uint64_t size, void *caller) {
    if (block) {
        int64_t grown = (int64_t)mf_hot.next.malloc_usable_size((void *)block);
        atomic_fetch_add_explicit(&mf.live_heap, grown, memory_order_relaxed);
        keep_block(block, size, caller);
    }
}

struct mf_held mf_gate_shrank(void *block) {
    int64_t gone = (int64_t)mf_hot.next.malloc_usable_size(block);
    atomic_fetch_sub_explicit(&mf.live_heap, gone, memory_order_relaxed);
    return mf_account_kept() ? mf_account_take(block) : (struct mf_held){0, 0};
}

void mf_gate_stayed(void *block, const struct mf_held *known) {
    int64_t back = (int64_t)mf_hot.next.malloc_usable_size(block);
    atomic_fetch_add_explicit(&mf.live_heap, back, memory_order_relaxed);
    if (known->origin && mf_account_kept()) {
        mf_account_put_back(block, known);
    }
}

void mf_gate_free(void *block) {
    if (!block || mf_arena_owns(&mf_bootstrap, block)) {
        return;
    }
    if (mf_hot.heap_counted) {
        mf_gate_shrank(block);
    }
    mf_hot.next.free(block);
}

bool mf_gate_arm(enum mf_arm when) {
    mf_gate_start();
    struct mf_inside_mark mark;
    bool fits =
        atomic_load(&mf.stage) == MF_READY && mf.active_policies[0].policy.arm == when;
    if (fits && mf_inside_enter(&mark)) {
        mf_gate_process();
        mf_attach_arm();
        mf_inside_leave();
    }
    return fits;
}

bool mf_gate_disarm(void) {
    uint32_t armed = MF_ARMED;
    return mf.active_policies[0].policy.arm == MF_ARM_API &&
           atomic_compare_exchange_strong(&mf.stage, &armed, MF_READY);
}
