// SPDX-License-Identifier: MIT
#include "preload/policy/regime.h"

#include "preload/base/sys.h"
#include "preload/explore/explore.h"
#include "preload/policy/attach.h"
#include "preload/policy/gate.h"
#include "preload/policy/lanes.h"

#include <string.h>

#define LOAD(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define STORE(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

/** Say which regime this thread reads, before it does. */
static void mark(struct mf_lane *lane, uint32_t reading) {
    if (LOAD(mf.solo)) {
        STORE(lane->reading, reading);
    } else {
        atomic_store(&lane->reading, reading);
    }
}

static struct mf_regime *enter_as_stranger(void) {
    for (;;) {
        uint32_t at = atomic_load(&mf.present);
        atomic_fetch_add(&mf.strangers[at], 1);
        if (atomic_load(&mf.present) == at) {
            return &mf.regimes[at];
        }
        atomic_fetch_sub(&mf.strangers[at], 1);
    }
}

struct mf_regime *mf_regime_enter(struct mf_process *process, struct mf_lane *lane) {
    if (!lane) {
        return enter_as_stranger();
    }
    uint32_t at;
    do {
        at = LOAD(mf.present);
        mark(lane, at + 1);
    } while (atomic_load_explicit(&mf.present, memory_order_acquire) != at);
    struct mf_regime *regime = &mf.regimes[at];
    if (mf_unlikely(mf_lane_summoned(lane))) {
        atomic_fetch_and(&lane->passed, ~MF_LANE_NOTICE);
    }
    if (mf_unlikely(LOAD(lane->serial) != regime->serial)) {
        mf_lane_turn(regime, process, lane);
    }
    return regime;
}

void mf_regime_leave(struct mf_process *process, struct mf_lane *lane,
                     const struct mf_regime *regime) {
    if (mf_unlikely(process != mf.process)) {
        // A child that has branched off: process and lane are its parent's.
        return;
    }
    if (!lane) {
        atomic_fetch_sub(&mf.strangers[mf_regime_index(regime)], 1);
        return;
    }
    atomic_store_explicit(&lane->reading, 0, memory_order_release);
    if (LOAD(lane->left) > 0) {
        // Whoever has replaced the regime meanwhile may have come too early for this
        // lease.
        atomic_thread_fence(memory_order_seq_cst);
        if (mf_unlikely(mf_regime_now() != regime || mf_regime_is_stale())) {
            mf_lane_settle(process, lane, false);
        }
    }
}

/** Whether some thread decides by a regime at this moment. */
static bool is_read(const struct mf_process *process, uint32_t at) {
    bool read = atomic_load(&mf.strangers[at]) > 0;
    uint32_t lanes = LOAD(process->lanes_used);
    for (uint32_t i = 0; i < lanes && i < MF_LANES_MAX; i++) {
        read |= atomic_load(&process->lanes[i].reading) == at + 1;
    }
    return read;
}

static bool lock(void) {
    uint32_t nobody = 0;
    return atomic_compare_exchange_strong(&mf.replacing, &nobody, 1);
}

void mf_regime_abort(void) {
    atomic_store(&mf.replacing, 0);
}

struct mf_regime *mf_regime_begin(struct mf_process *process) {
    if (!lock()) {
        return NULL;
    }
    uint32_t spare = atomic_load(&mf.present) == 1 ? 2 : 1;
    if (is_read(process, spare)) {
        mf_regime_abort();
        return NULL;
    }
    return &mf.regimes[spare];
}

void mf_regime_plan(struct mf_process *process, struct mf_regime *regime) {
    struct mf_plan *plan = &regime->plan;
    bool cached = plan->asks_caller || plan->asks_stack;
    if (process->image_index == 0 && mf_plan_asks_index(&regime->policy)) {
        process->image_index = mf_attach_index(process);
    }
    mf_plan_make(plan, &regime->policy, process->image, process->image_index);
    if (cached) {
        mf_sites_expire(&regime->sites);
    }
    if (mf_regime_index(regime) == 0 && mf_explore_counts_all()) {
        for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
            bool counted = MF_FUNCTIONS_DEFAULT & MF_FUNCTION_BIT(i);
            plan->windows[i].count = counted ? UINT64_MAX : 0;
        }
    }
}

void mf_regime_show(struct mf_regime *regime) {
    const struct mf_plan *plan = &regime->plan;
    for (unsigned i = 0; i < MF_FUNCTION_COUNT; i++) {
        __atomic_store_n(&mf_hot.windows[i].low, plan->windows[i].low, __ATOMIC_RELAXED);
        __atomic_store_n(&mf_hot.windows[i].count, plan->windows[i].count,
                         __ATOMIC_RELAXED);
    }
    bool all_matter = plan->asks_heap || mf.account;
    bool by_caller = plan->only_callers && plan->rules && !all_matter;
    struct mf_site *sites = by_caller ? regime->sites.entries : NULL;
    __atomic_store_n(&mf_hot.caller_sites, sites, __ATOMIC_RELEASE);
    if (all_matter && !mf_hot.heap_counted) {
        mf_hot.heap_counted = true;
        mf_hot.blocks_watched = true;
        if (mf_hot.free == mf_hot.next.free) {
            mf_hot.free = mf_gate_free;
        }
    }
}

/** Let a regime hold, with its plan made. */
static void publish(struct mf_process *process, struct mf_regime *regime) {
    uint32_t at = mf_regime_index(regime);
    struct mf_tally *old = &process->tallies[LOAD(mf.present)];
    uint64_t counted = mf_process_counted(process);
    atomic_store(&old->earlier, mf_tally_counted(process, old));
    atomic_store(&process->tallies[at].begun, counted);
    if (mf_self.own) {
        mf_lane_turn(regime, process, mf_self.own);
    }
    mf_regime_show(regime);
    atomic_store(&mf.present, at);
    atomic_store(&process->tally, at);
    atomic_store(&process->serial, regime->serial);
    if (atomic_load(&mf.stage) == MF_READY) {
        mf_attach_arm();
    }
    mf_process_summon(process);
}

void mf_regime_commit(struct mf_process *process, struct mf_regime *regime,
                      uint32_t origin, uint64_t begun_ns) {
    struct mf_tally *tally = &process->tallies[mf_regime_index(regime)];
    mf_regime_plan(process, regime);
    regime->serial = ++mf.serial;
    regime->origin = origin;
    regime->control = 0;
    regime->begun_ns = begun_ns;
    regime->seen_before = mf_process_seen(process);
    regime->failed_before = LOAD(process->injections);
    memset(tally, 0, sizeof(*tally));
    atomic_store(&tally->serial, regime->serial);
    publish(process, regime);
    mf_regime_abort();
}

bool mf_regime_restore(struct mf_process *process) {
    if (!lock()) {
        return false;
    }
    if (atomic_load(&mf.present) != 0) {
        publish(process, &mf.regimes[0]);
    }
    mf_regime_abort();
    return true;
}

void mf_regime_follow(struct mf_process *process) {
    struct mf_regime *regime = mf_regime_begin(process);
    if (!regime) {
        return;
    }
    uint32_t sequence;
    uint64_t given_ns;
    if (mf_control_read(&mf.head->control, &regime->policy, &sequence, &given_ns)) {
        mf_regime_commit(process, regime, MF_RULE_CONTROL, given_ns);
        regime->control = sequence;
        atomic_store(&process->tallies[mf_regime_index(regime)].control, sequence);
        atomic_store(&process->control, sequence);
    } else {
        mf_regime_abort();
    }
    // What is no policy is not looked at again; an odd number is soon followed by
    // another.
    atomic_store(&mf.control, sequence);
}

void mf_regime_inherit(struct mf_process *process) {
    atomic_store(&mf.replacing, 0);
    for (uint32_t i = 0; i < MF_TALLIES; i++) {
        atomic_store(&mf.strangers[i], 0);
        atomic_store(&process->tallies[i].serial, mf.regimes[i].serial);
        atomic_store(&process->tallies[i].control, mf.regimes[i].control);
        mf.regimes[i].seen_before = 0;
        mf.regimes[i].failed_before = 0;
    }
    atomic_store(&process->tally, LOAD(mf.present));
    atomic_store(&process->serial, mf_regime_now()->serial);
    atomic_store(&process->control, LOAD(mf.control));
}

void mf_regime_inherit_plans(struct mf_process *process) {
    struct mf_regime *first = &mf.regimes[0];
    struct mf_regime *now = mf_regime_now();
    if (mf_plan_asks_index(&first->policy)) {
        mf_regime_plan(process, first);
    }
    if (now != first && mf_plan_asks_index(&now->policy)) {
        mf_regime_plan(process, now);
    }
    mf_regime_show(now);
}
