// SPDX-License-Identifier: MIT
#include "preload/policy/active_policy.h"

#include "preload/base/next.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/explore.h"
#include "preload/heap/account.h"
#include "preload/heap/liveheap.h"
#include "preload/policy/slot.h"
#include "preload/policy/thread_counters.h"

#include <string.h>

#define LOAD(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define STORE(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

struct mf_policies mf_policies;

/** Say which policy this thread reads, before it does. */
static void mark(struct mf_thread_counter *counter, uint32_t reading) {
    if (LOAD(mf.solo)) {
        STORE(counter->reading, reading);
    } else {
        atomic_store(&counter->reading, reading);
    }
}

static struct mf_active_policy *enter_as_stranger(void) {
    for (;;) {
        uint32_t at = atomic_load(&mf_policies.present);
        atomic_fetch_add(&mf_policies.strangers[at], 1);
        if (atomic_load(&mf_policies.present) == at) {
            return &mf_policies.all[at];
        }
        atomic_fetch_sub(&mf_policies.strangers[at], 1);
    }
}

struct mf_active_policy *mf_active_policy_enter(struct mf_process *process,
                                                struct mf_thread_counter *counter) {
    if (!counter) {
        return enter_as_stranger();
    }
    uint32_t at;
    do {
        at = LOAD(mf_policies.present);
        mark(counter, at + 1);
    } while (atomic_load_explicit(&mf_policies.present, memory_order_acquire) != at);
    struct mf_active_policy *active = &mf_policies.all[at];
    if (mf_unlikely(mf_thread_counter_notified(counter))) {
        atomic_fetch_and(&counter->passed, ~MF_THREAD_COUNTER_NOTICE);
    }
    if (mf_unlikely(LOAD(counter->serial) != active->serial)) {
        mf_thread_counter_turn(active, process, counter);
    }
    return active;
}

void mf_active_policy_leave(struct mf_process *process, struct mf_thread_counter *counter,
                            const struct mf_active_policy *active) {
    if (mf_unlikely(process != mf.process)) {
        // A child for which the target is held: process and counter are its parent's.
        return;
    }
    if (!counter) {
        atomic_fetch_sub(&mf_policies.strangers[mf_active_policy_index(active)], 1);
        return;
    }
    atomic_store_explicit(&counter->reading, 0, memory_order_release);
    if (LOAD(counter->left) > 0) {
        // Whoever has replaced the policy meanwhile may have come too early for this
        // lease.
        atomic_thread_fence(memory_order_seq_cst);
        if (mf_unlikely(mf_active_policy_now() != active ||
                        mf_active_policy_is_stale())) {
            mf_thread_counter_settle(process, counter, false);
        }
    }
}

/** Whether some thread decides by a policy at this moment. */
static bool is_read(const struct mf_process *process, uint32_t at) {
    bool read = atomic_load(&mf_policies.strangers[at]) > 0;
    uint32_t counters = LOAD(process->counters_used);
    for (uint32_t i = 0; i < counters && i < MF_THREAD_COUNTERS_MAX; i++) {
        read |= atomic_load(&process->counters[i].reading) == at + 1;
    }
    return read;
}

static bool lock(void) {
    uint32_t nobody = 0;
    return atomic_compare_exchange_strong(&mf_policies.replacing, &nobody, 1);
}

void mf_active_policy_unlock(void) {
    atomic_store(&mf_policies.replacing, 0);
}

struct mf_active_policy *mf_active_policy_begin(struct mf_process *process) {
    if (!lock()) {
        return NULL;
    }
    uint32_t spare = atomic_load(&mf_policies.present) == 1 ? 2 : 1;
    if (is_read(process, spare)) {
        mf_active_policy_unlock();
        return NULL;
    }
    return &mf_policies.all[spare];
}

void mf_active_policy_plan(struct mf_process *process, struct mf_active_policy *active) {
    struct mf_plan *plan = &active->plan;
    bool cached = plan->asks_caller || plan->asks_stack;
    if (process->image_index == 0 && mf_plan_asks_index(&active->policy)) {
        process->image_index = mf_slot_index(process);
    }
    mf_plan_make(plan, &active->policy, process->image, process->image_index);
    mf_sites_begin(&active->sites, plan);
    if (cached) {
        mf_sites_expire(&active->sites);
    }
    if (mf_active_policy_index(active) == 0 && mf_explore_counts_all(plan)) {
        mf_functions functions = MF_FUNCTIONS_DEFAULT | mf.head->patches.also;
        for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
            bool counted = functions & MF_FUNCTION_BIT(i);
            plan->windows[i].count = counted ? UINT64_MAX : 0;
        }
    }
}

void mf_active_policies_expire_sites(void) {
    for (unsigned i = 0; i < MF_TALLIES; i++) {
        struct mf_active_policy *active = &mf_policies.all[i];
        // A suite knows stacks by them that no rule asks for.
        if (active->plan.asks_caller || active->plan.asks_stack ||
            mf_exploration.mode == MF_EXPLORE_SUITE) {
            mf_sites_expire(&active->sites);
        }
    }
}

void mf_active_policy_show(struct mf_active_policy *active) {
    const struct mf_plan *plan = &active->plan;
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        __atomic_store_n(&mf_hot.windows[i].low, plan->windows[i].low, __ATOMIC_RELAXED);
        __atomic_store_n(&mf_hot.windows[i].count, plan->windows[i].count,
                         __ATOMIC_RELAXED);
    }
    bool all_matter = plan->asks_heap || mf_account;
    bool by_caller = plan->only_callers && plan->rules && !all_matter;
    struct mf_site *sites = by_caller ? active->sites.entries : NULL;
    __atomic_store_n(&mf_hot.caller_sites, sites, __ATOMIC_RELEASE);
    bool by_stack = plan->only_stacks && plan->rules && !all_matter;
    __atomic_store_n(&mf_hot.stack_sites, by_stack ? &active->sites : NULL,
                     __ATOMIC_RELEASE);
    if (all_matter && !mf_hot.heap_counted) {
        mf_hot.heap_counted = true;
        mf_hot.blocks_watched = true;
        if (mf_hot.free == mf_hot.next.free) {
            mf_hot.free = mf_liveheap_free;
        }
    }
}

/** Let a policy hold, with its plan made. */
static void publish(struct mf_process *process, struct mf_active_policy *active) {
    uint32_t at = mf_active_policy_index(active);
    struct mf_tally *old = &process->tallies[LOAD(mf_policies.present)];
    uint64_t counted = mf_process_counted(process);
    atomic_store(&old->earlier, mf_tally_counted(process, old));
    atomic_store(&process->tallies[at].begun, counted);
    if (mf_self.own) {
        mf_thread_counter_turn(active, process, mf_self.own);
    }
    mf_active_policy_show(active);
    atomic_store(&mf_policies.present, at);
    atomic_store(&process->tally, at);
    atomic_store(&process->serial, active->serial);
    if (atomic_load(&mf.stage) == MF_READY) {
        mf_slot_arm();
    }
    mf_process_notify(process);
}

void mf_active_policy_commit(struct mf_process *process, struct mf_active_policy *active,
                             uint32_t origin, uint64_t begun_ns) {
    struct mf_tally *tally = &process->tallies[mf_active_policy_index(active)];
    mf_active_policy_plan(process, active);
    active->serial = ++mf_policies.serial;
    active->origin = origin;
    active->control = 0;
    active->begun_ns = begun_ns;
    active->seen_before = mf_process_seen(process);
    active->failed_before = LOAD(process->injections);
    memset(tally, 0, sizeof(*tally));
    atomic_store(&tally->serial, active->serial);
    publish(process, active);
    mf_active_policy_unlock();
}

bool mf_active_policy_restore(struct mf_process *process) {
    if (!lock()) {
        return false;
    }
    if (atomic_load(&mf_policies.present) != 0) {
        publish(process, &mf_policies.all[0]);
    }
    mf_active_policy_unlock();
    return true;
}

void mf_active_policy_follow(struct mf_process *process) {
    struct mf_active_policy *active = mf_active_policy_begin(process);
    if (!active) {
        return;
    }
    uint32_t sequence;
    uint64_t given_ns;
    if (mf_control_read(&mf.head->control, &active->policy, &sequence, &given_ns)) {
        mf_active_policy_commit(process, active, MF_RULE_CONTROL, given_ns);
        active->control = sequence;
        atomic_store(&process->tallies[mf_active_policy_index(active)].control, sequence);
        atomic_store(&process->control, sequence);
    } else {
        mf_active_policy_unlock();
    }
    // What is no policy is not looked at again; an odd number is soon followed by
    // another.
    atomic_store(&mf_policies.control, sequence);
}

void mf_active_policy_inherit(struct mf_process *process) {
    atomic_store(&mf_policies.replacing, 0);
    for (uint32_t i = 0; i < MF_TALLIES; i++) {
        atomic_store(&mf_policies.strangers[i], 0);
        atomic_store(&process->tallies[i].serial, mf_policies.all[i].serial);
        atomic_store(&process->tallies[i].control, mf_policies.all[i].control);
        mf_policies.all[i].seen_before = 0;
        mf_policies.all[i].failed_before = 0;
    }
    atomic_store(&process->tally, LOAD(mf_policies.present));
    atomic_store(&process->serial, mf_active_policy_now()->serial);
    atomic_store(&process->control, LOAD(mf_policies.control));
}

void mf_active_policy_inherit_plans(struct mf_process *process) {
    struct mf_active_policy *first = &mf_policies.all[0];
    struct mf_active_policy *now = mf_active_policy_now();
    if (mf_plan_asks_index(&first->policy)) {
        mf_active_policy_plan(process, first);
    }
    if (now != first && mf_plan_asks_index(&now->policy)) {
        mf_active_policy_plan(process, now);
    }
    mf_active_policy_show(now);
}
