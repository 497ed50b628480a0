// SPDX-License-Identifier: MIT
/**
 * The gate: stands in front of every interposed function and says whether the call
 * passes.
 *
 * Safe on any thread, in a signal handler, and at any time from the first call of a
 * process on. Keeps errno. A call made by the library itself, or by a handler that
 * interrupts it, passes uncounted.
 */
#ifndef MF_PRELOAD_POLICY_GATE_H
#define MF_PRELOAD_POLICY_GATE_H

#include "countdown.h"
#include "preload/base/next.h"
#include "preload/base/state.h"

/** The hot path: whether the call passes without a further question; counts it if so. */
static inline bool mf_gate_quiet(enum mf_function function, uint64_t size) {
    struct mf_thread_counter *counter = mf_self.counter;
    if (mf_unlikely(!counter)) {
        return false;
    }
    if (mf_likely(mf_window_holds(&mf_hot.windows[function], size))) {
        return !mf_unlikely(mf_count_down(&counter->left));
    }
    if (mf_likely(!mf_count_up(&counter->passed))) {
        return true;
    }
    atomic_fetch_sub_explicit(&counter->passed, 1, memory_order_relaxed);
    return false;
}

/**
 * Decide a call that mf_gate_quiet() has said no to, once: it has taken the call off the
 * thread's lease.
 *
 * @size
 *         Bytes asked for.
 * @freed
 *         Bytes of live heap that the call gives back if it succeeds (realloc).
 * @caller
 *         The return address of the interposed function.
 * @return
 *         Whether it passes.
 */
bool mf_gate_pass(enum mf_function function, uint64_t size, uint64_t freed, void *caller);

/** Whether a lane's owner is to look for a new policy. */
static inline bool mf_thread_counter_notified(const struct mf_thread_counter *counter) {
    return atomic_load_explicit(&counter->passed, memory_order_relaxed) &
           MF_THREAD_COUNTER_NOTICE;
}

/**
 * The second path, where every rule has a caller filter: whether the call comes from code
 * that is known to satisfy none; counts it if so.
 */
static inline bool mf_gate_foreign(void *caller) {
    struct mf_site_rules rules;
    struct mf_thread_counter *counter = mf_self.counter;
    struct mf_site *sites = mf_hot.caller_sites;
    uintptr_t address = (uintptr_t)caller;
    if (!counter || !sites || mf_thread_counter_notified(counter) ||
        !mf_site_read(mf_site_of(sites, address), address, &rules) || rules.callers) {
        return false;
    }
    mf_count_up(&counter->used);
    return true;
}

/** All of it: whether the call passes. */
static inline bool mf_gate(enum mf_function function, uint64_t size, void *caller) {
    return mf_likely(mf_gate_quiet(function, size)) || mf_gate_foreign(caller) ||
           mf_gate_pass(function, size, 0, caller);
}

/** Start the library if no call has yet. */
void mf_gate_start(void);

/** The program is about to give up rights or calls: learn now what takes some. */
void mf_gate_shut_in(bool strict);

/** The program may not trace, or be traced: the runner is to say why. */
void mf_gate_trace_refused(void);

/** A second thread may be about to start: end the time of exact solo leases. */
void mf_gate_leave_solo(void);

/**
 * Keep count of the live heap, and account of its blocks, where a policy or the runner
 * asks for it: a block (NULL is fine) has come, one is about to go, and it has not gone.
 *
 * @size
 *         Bytes it was asked for.
 * @known
 *         What mf_gate_shrank() said of it.
 */
void mf_gate_grew(const void *block, uint64_t size, void *caller);
struct mf_held mf_gate_shrank(void *block);
void mf_gate_stayed(void *block, const struct mf_held *known);

/** free() while blocks are watched. */
void mf_gate_free(void *block);

/** Count and fail from now on, if the policy wants it at this moment; whether it does. */
bool mf_gate_arm(enum mf_arm when);

/** This process's slot, taken now by a child of a fork that has none. From inside. */
struct mf_process *mf_gate_process(void);

/** In api.c: what a debugger can stop at. */
void mallocfail_injected(void);

/** Let everything pass again, under a policy armed by the program; whether it was armed.
 */
bool mf_gate_disarm(void);

#endif
