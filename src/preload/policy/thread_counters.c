// SPDX-License-Identifier: MIT
#include "preload/policy/thread_counters.h"

#include "core/policy/decide.h"
#include "countdown.h"
#include "preload/base/counting.h"
#include "preload/base/inside.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/explore.h"
#include "preload/policy/active_policy.h"

/** The longest lease while several threads run. */
#define SHARE_MAX 1024
/** The longest lease of all. */
#define LEASE_MAX ((uint64_t)MF_THREAD_COUNTER_RECALL / 4)

#define LOAD(word)         atomic_load_explicit(&(word), memory_order_relaxed)
#define STORE(word, value) atomic_store_explicit(&(word), (value), memory_order_relaxed)

/** Whether the thread-exit hook is there, and its key. */
static struct {
    bool hooked;
    unsigned key;
} exits;

static bool claim(struct mf_thread_counter *counter, uint32_t tid) {
    uint32_t nobody = 0;
    return LOAD(counter->owner) == 0 &&
           atomic_compare_exchange_strong_explicit(
               &counter->owner, &nobody, tid, memory_order_acquire, memory_order_relaxed);
}

static void raise_to(_Atomic uint32_t *word, uint32_t value) {
    uint32_t now = LOAD(*word);
    while (now < value && !atomic_compare_exchange_weak(word, &now, value)) {
    }
}

/** Give the thread its index, and note that it is not the only one any more. */
static void introduce(struct mf_process *process) {
    if (mf_self.index == 0) {
        mf_self.tid = mf_tid();
        mf_self.index = atomic_fetch_add(&process->threads, 1) + 1;
    }
    if (mf_self.index > 1) {
        STORE(mf.solo, 0);
    }
}

struct mf_thread_counter *mf_thread_counter_mine(struct mf_process *process) {
    if (mf_self.own) {
        mf_count_in(mf_self.own);
        return mf_self.own;
    }
    introduce(process);
    for (uint32_t i = 0; i < MF_THREAD_COUNTERS_MAX; i++) {
        struct mf_thread_counter *counter = &process->counters[i];
        if (claim(counter, (uint32_t)mf_self.tid)) {
            raise_to(&process->counters_used, i + 1);
            STORE(counter->thread, mf_self.index);
            mf_self.own = counter;
            mf_count_in(counter);
            if (exits.hooked) {
                mf_hot.next.key_set(exits.key, counter);
            }
            return counter;
        }
    }
    return NULL;
}

bool mf_thread_counter_spend(struct mf_thread_counter *counter) {
    return LOAD(counter->left) > 0 && !mf_count_down(&counter->left);
}

/** The tally that a counter's numbers are of; NULL where that policy is forgotten. */
static struct mf_tally *tally_of(struct mf_process *process,
                                 const struct mf_thread_counter *counter) {
    uint32_t serial = LOAD(counter->serial);
    for (unsigned i = 0; i < MF_TALLIES; i++) {
        if (LOAD(process->tallies[i].serial) == serial) {
            return &process->tallies[i];
        }
    }
    return NULL;
}

/** Numbers that nobody used: the next ones again, or kept for whoever asks next. */
static void give_back(struct mf_tally *tally, uint64_t unused) {
    if (LOAD(mf.solo)) {
        STORE(tally->position, LOAD(tally->position) - unused);
    } else if (unused) {
        atomic_fetch_add(&tally->returned, unused);
    }
}

void mf_thread_counter_settle(struct mf_process *process,
                              struct mf_thread_counter *counter, bool counting) {
    uint64_t granted = LOAD(counter->granted);
    uint64_t unused =
        (uint64_t)(LOAD(counter->left) + counting) & (MF_THREAD_COUNTER_RECALL - 1);
    unused = unused < granted ? unused : granted;
    STORE(counter->granted, 0);
    STORE(counter->left, 0);
    uint64_t spent = granted - unused;
    uint32_t lease = LOAD(counter->lease);
    if (lease == MF_LEASE_CLOSED) {
        STORE(counter->passed, LOAD(counter->passed) + spent);
        return;
    }
    STORE(counter->used, LOAD(counter->used) + spent);
    if (lease == MF_LEASE_ALONE) {
        mf_self.uncounted += spent;
        return;
    }
    struct mf_tally *tally = tally_of(process, counter);
    if (tally) {
        give_back(tally, unused);
    }
}

void mf_thread_counter_grant(struct mf_thread_counter *counter, enum mf_lease lease,
                             uint64_t count, uint32_t epoch) {
    STORE(counter->epoch, epoch);
    STORE(counter->lease, lease);
    STORE(counter->granted, count);
    STORE(counter->left, (int64_t)count);
}

/** Take numbers that came back from ended threads: up to SHARE_MAX of them, or 0. */
static uint64_t take_returned(struct mf_tally *tally) {
    uint64_t there = LOAD(tally->returned);
    while (there) {
        uint64_t part = there < SHARE_MAX ? there : SHARE_MAX;
        if (atomic_compare_exchange_weak(&tally->returned, &there, there - part)) {
            return part;
        }
    }
    return 0;
}

uint64_t mf_thread_counter_number(const struct mf_active_policy *active,
                                  struct mf_process *process,
                                  struct mf_thread_counter *counter) {
    struct mf_tally *tally = &process->tallies[mf_active_policy_index(active)];
    if (LOAD(mf.solo)) {
        uint64_t number = LOAD(tally->position) + 1;
        STORE(tally->position, number);
        return number;
    }
    uint64_t returned = counter ? take_returned(tally) : 0;
    if (returned) {
        mf_thread_counter_grant(counter, MF_LEASE_NUMBERS, returned - 1,
                                LOAD(process->epoch));
        return 0;
    }
    return atomic_fetch_add_explicit(&tally->position, 1, memory_order_relaxed) + 1;
}

void mf_thread_counter_lease(const struct mf_active_policy *active,
                             struct mf_process *process,
                             struct mf_thread_counter *counter, uint32_t epoch) {
    struct mf_tally *tally = &process->tallies[mf_active_policy_index(active)];
    uint64_t position = LOAD(tally->position);
    uint64_t by_rules = mf_decide_passing_ahead(&active->plan, position);
    uint64_t ahead = mf_explore_passing_ahead(process, position, by_rules);
    if (LOAD(mf.solo)) {
        uint64_t count = ahead < LEASE_MAX ? ahead : LEASE_MAX;
        STORE(tally->position, position + count);
        mf_thread_counter_grant(counter, MF_LEASE_NUMBERS, count, epoch);
        return;
    }
    uint64_t share = ahead / (2 * (uint64_t)LOAD(process->counters_used));
    uint64_t count = share < SHARE_MAX ? share : SHARE_MAX;
    if (count &&
        atomic_compare_exchange_strong(&tally->position, &position, position + count)) {
        mf_thread_counter_grant(counter, MF_LEASE_NUMBERS, count, epoch);
    }
}

void mf_thread_counter_turn(const struct mf_active_policy *active,
                            struct mf_process *process,
                            struct mf_thread_counter *counter) {
    mf_thread_counter_settle(process, counter, LOAD(counter->left) < 0);
    STORE(counter->serial, active->serial);
}

void mf_thread_counters_leave_solo(struct mf_process *process,
                                   struct mf_thread_counter *counter) {
    mf_thread_counter_settle(process, counter, false);
    STORE(mf.solo, 0);
}

/** A thread ends: its numbers and its counter go back. It may allocate and come again. */
static void on_thread_exit(void *pointer) {
    struct mf_thread_counter *counter = pointer;
    struct mf_process *process = mf.process;
    if (!process || mf_self.own != counter) {
        return;
    }
    struct mf_inside_mark mark;
    if (mf_inside_enter(&mark)) {
        mf_count_in(NULL);
        mf_self.own = NULL;
        mf_thread_counter_settle(process, counter, false);
        atomic_store_explicit(&counter->owner, 0, memory_order_release);
        mf_inside_leave();
    }
}

bool mf_thread_counters_hook_exits(void) {
    exits.hooked = mf_hot.next.key_create && mf_hot.next.key_set &&
                   mf_hot.next.key_create(&exits.key, on_thread_exit) == 0;
    return exits.hooked;
}
