// SPDX-License-Identifier: MIT
/**
 * The gate: every interposed function calls it first, to find out whether the call passes.
 *
 * Thread-safe, async-signal-safe, and usable from the first call of a process on. Does not
 * change errno. A call made by the library itself, or by a handler that interrupts it, passes
 * uncounted.
 */
#ifndef MF_PRELOAD_POLICY_GATE_H
#define MF_PRELOAD_POLICY_GATE_H

#include "countdown.h"
#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/policy/thread_counters.h"
#include "preload/stack/sites.h"

/** The fast path: whether the call passes without further checks; counts it if so. */
static inline bool mf_gate_passes_fast(enum mf_function function, uint64_t size) {
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
 * Whether the gate of a patched malloc has counted a call, which it did not let pass, in the
 * thread's lease. It has not if that gate does not count. If a new policy does not select the
 * call, this function undoes the count and returns false.
 */
static inline bool mf_gate_has_counted(uint64_t size) {
    struct mf_thread_counter *counter = mf_self.counter;
    if (!counter || mf_self.gate != counter) {
        return false;
    }
    bool holds = mf_window_holds(&mf_hot.windows[MF_MALLOC], size);
    if (!holds) {
        mf_count_up((_Atomic uint64_t *)&counter->left);
    }
    return holds;
}

/**
 * The slow path: decide a call for which mf_gate_passes_fast() returned false; that function has
 * already counted the call in the thread's lease. To be called once for each call.
 *
 * @size
 *         Bytes asked for.
 * @freed
 *         Bytes of live heap that the call frees if it succeeds (realloc).
 * @caller
 *         The return address of the interposed function.
 * @return
 *         Whether it passes.
 */
bool mf_gate_passes_slow(enum mf_function function, uint64_t size, uint64_t freed,
                         void *caller);

/**
 * The second path, for policies in which every rule has a caller filter: whether the call comes
 * from code that is known to match none of these; counts it if so.
 */
static inline bool mf_gate_passes_by_caller(void *caller) {
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

/** All paths: whether the call passes. */
static inline bool mf_gate_passes(enum mf_function function, uint64_t size,
                                  void *caller) {
    return mf_likely(mf_gate_passes_fast(function, size)) ||
           mf_gate_passes_by_caller(caller) ||
           mf_gate_passes_slow(function, size, 0, caller);
}

#endif
