// SPDX-License-Identifier: MIT
#include "preload/policy/gate.h"

#include "countdown.h"
#include "preload/base/inside.h"
#include "preload/call/call.h"
#include "preload/explore/exploration.h"
#include "preload/explore/hold.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/attach.h"
#include "preload/policy/decision.h"
#include "preload/policy/session.h"
#include "preload/policy/startup.h"
#include "preload/stack/known.h"
#include "walk.h"

#include <errno.h>

/** Whether libc says that a second thread was started since the lease was granted. */
static bool solo_ended(void) {
    return atomic_load_explicit(&mf.solo, memory_order_relaxed) && !*mf.single_threaded;
}

/** Have a call decided by whoever has the say; whether it passes. */
static bool decide(struct mf_interposed_call *call) {
    struct mf_process *process = mf_attach_process();
    if (mf_active_policy_is_stale()) {
        mf_active_policy_follow(process);
    }
    if (mf_session_holds()) {
        return mf_session_passes(process, call);
    }
    if (atomic_load_explicit(&mf.stage, memory_order_relaxed) != MF_ARMED) {
        atomic_fetch_add_explicit(&process->early, 1, memory_order_relaxed);
        return true;
    }
    if (mf_exploration.child) {
        return mf_hold_child_passes(call);
    }
    struct mf_thread_counter *counter = mf_thread_counter_mine(process);
    if (solo_ended()) {
        atomic_store_explicit(&mf.solo, 0, memory_order_relaxed);
    }
    struct mf_active_policy *active = mf_active_policy_enter(process, counter);
    bool passes = mf_decision_passes(active, process, counter, call);
    mf_active_policy_leave(process, counter, active);
    return passes;
}

/** Where every rule has a stack filter: whether the stack is known to satisfy none;
 * counts the call if so. */
static bool passes_by_stack(const struct mf_registers *start, void *caller) {
    uint64_t rules;
    struct mf_thread_counter *counter = mf_self.counter;
    struct mf_sites *sites = mf_hot.stack_sites;
    if (!sites || !counter || mf_thread_counter_notified(counter) ||
        !mf_known_find(sites, start, (uintptr_t)caller, &rules) || rules) {
        return false;
    }
    mf_count_up(&counter->used);
    return true;
}

/** The third path: ask. */
static __attribute__((noinline)) bool asked(enum mf_function function, uint64_t size,
                                            uint64_t freed, void *caller,
                                            const struct mf_registers *start) {
    struct mf_inside_mark mark;
    if (!mf_inside_enter(&mark)) {
        return true;
    }
    int saved = errno;
    bool passes = true;
    if (mf_startup_stage() >= MF_READY) {
        struct mf_interposed_call call;
        mf_call_begin(&call, function, size, freed, caller, start);
        passes = decide(&call);
        mf_self.error = call.error;
    }
    errno = saved;
    mf_inside_leave();
    return passes;
}

MF_REALIGNED bool mf_gate_passes_slow(enum mf_function function, uint64_t size,
                                      uint64_t freed, void *caller) {
    struct mf_registers start;
    if (!mf_walk_begin(&start)) {
        return asked(function, size, freed, caller, NULL);
    }
    return passes_by_stack(&start, caller) ||
           asked(function, size, freed, caller, &start);
}
