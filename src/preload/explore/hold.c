// SPDX-License-Identifier: MIT
#include "preload/explore/hold.h"

#include "core/policy/resource.h"
#include "preload/base/counting.h"
#include "preload/base/sanitizers.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/forerunner.h"
#include "preload/explore/large_pages.h"
#include "preload/explore/leaving.h"
#include "preload/explore/parting.h"
#include "preload/explore/suite.h"
#include "preload/explore/surroundings.h"
#include "preload/heap/account.h"

#include <errno.h>
#include <string.h>

/** The most allocations that a child makes by the fast path. */
#define LEASE_MAX ((uint64_t)MF_THREAD_COUNTER_RECALL / 4)
/** The status of a child that could not begin; its point says so, too. */
#define STATUS_REFUSED 125

/** What stands against a child here and now; MF_POINT_HELD = nothing. Behind an earlier child
 * of the same allocation only signals can be new, from outside: nobody else runs in the
 * target, and it has stood still since. */
static enum mf_point_state judge(bool behind_other) {
    if (atomic_load(&mf_exploration.desk->explore.stop)) {
        return MF_POINT_STOPPED;
    }
    if (mf_suite_hold_left() == 0) {
        return mf_suite_hurry();
    }
    if (behind_other && mf_suite_is_tight()) {
        return MF_POINT_SPENT;
    }
    int pid = mf_sys_pid();
    if (atomic_load(&mf.shut_in) || pid != mf.pid || !mf_parting_runner_lives()) {
        return pid < 0 ? MF_POINT_SHUT_IN : MF_POINT_REFUSED;
    }
    if (behind_other && mf_exploration.threads == MF_THREADS_NONE) {
        return mf_sys_has_pending_signals() ? MF_POINT_SIGNALS : MF_POINT_HELD;
    }
    return mf_surroundings_judge();
}

/** Begin the account of a child. */
static void fill(struct mf_child *child, const struct mf_interposed_call *call,
                 uint64_t at, uint64_t returned) {
    child->point = at;
    child->returned = returned;
    memcpy(child->written, mf_exploration.descriptors.written, sizeof(child->written));
    child->fork_ns = 0;
    child->stack_id = call->stack_id;
    atomic_store(&child->pid, 0);
    memset(&child->counter, 0, sizeof(child->counter));
    atomic_store(&child->failed, 0);
    atomic_store(&child->cut, 0);
    // What the journal has is of the child before.
    atomic_store(&mf_exploration.desk->journal_used, 0);
    atomic_store(&child->traced, 0);
    atomic_store(&child->refused, 0);
    child->age_ns = mf_suite_age();
    child->hold_ns = mf_suite_hold_left();
    mf_leaving_describe(child);
    atomic_store(&child->busy, 1);
}

/** Be behind the barrier; a forerunner's child is there already, and away from the target. */
static bool enclose(void) {
    if (mf_exploration.ahead) {
        mf.pass = 0;
        return true;
    }
    return mf_parting_detach() && mf_parting_enclose(MF_PARTING_SELF);
}

/** Let a child in which nothing more fails make its allocations by the fast path, as far as
 * the horizon. */
static void lease(struct mf_child *child) {
    uint64_t horizon = mf_exploration.desk->explore.horizon;
    if (!mf_exploration.persistent && !mf_account_kept()) {
        uint64_t granted = horizon < LEASE_MAX ? horizon : LEASE_MAX;
        atomic_store(&child->counter.granted, granted);
        atomic_store(&child->counter.left, (int64_t)granted);
        mf_count_in(&child->counter);
    }
}

/** A child cannot begin. The runner may have said why; and what the first one did stays known
 * where a further one cannot. */
static void refuse(const struct mf_child *child, struct mf_point *point, bool shut_in) {
    uint32_t held = MF_POINT_HELD;
    if (child->returned == 0) {
        atomic_compare_exchange_strong(&point->state, &held,
                                       shut_in ? MF_POINT_SHUT_IN : MF_POINT_REFUSED);
    }
}

/** Whether a child cannot begin for a filter of its process. It may be killed for the question.
 */
static bool is_shut_in(void) {
    const struct mf_suite *suite = mf_exploration.suite;
    long mode = mf_sys_seccomp_mode();
    return mode < 0 || (mode > 0 && suite && !suite->filtered);
}

/** The child's first steps: away from its parent, and behind the barrier. */
static void begin_child(struct mf_child *child) {
    int parent = mf.pid;
    // What it tells goes to the desk.
    mf.head = mf_exploration.desk;
    // Its process and thread counter are the parent's, which lie in shared memory.
    mf_count_in(NULL);
    mf_self.own = NULL;
    mf.process = &mf.own_slot;
    // Asked later, the runner would answer with the target's numbers.
    mf.pid = mf_self.tid = mf_sys_pid();
    atomic_store(&mf.own_slot.pid, mf.pid);
    if (!mf_exploration.ahead) {
        mf_exploration.target = parent;
    }
    mf_exploration.child = child;
    mf_exploration.persistent = mf_exploration.points[child->point].persistent &&
                                child->returned != MF_FURTHER_CONTROL;
    if (!mf_parting_trace(child, parent) || !mf_suite_silence() || !enclose()) {
        refuse(child, &mf_exploration.points[child->point], is_shut_in());
        mf_sys_exit(STATUS_REFUSED);
    }
    // Each call that can be done without would stop it at the barrier.
    atomic_store(&mf.shut_in, 1);
    if (mf_exploration.suite) {
        mf_sanitizers_brief();
    }
    lease(child);
}

/** Wait until the runner has seen the child's end, or has ended itself. */
static void await(struct mf_child *child) {
    while (atomic_load(&child->busy) && mf_parting_runner_lives()) {
        mf_sys_wait(&child->busy, 1, MF_PATIENCE_NS);
    }
}

/** Clone a child and wait for its end, with signals blocked; true in the child. */
static bool hold(struct mf_child *child, struct mf_point *point) {
    uint64_t start = mf_sys_used(mf.pid);
    long pid = mf_parting_is_distant() ? mf_sys_fork_unseen(&child->pid)
                                       : mf_sys_fork_sibling(&child->pid);
    if (pid == 0) {
        begin_child(child);
    } else if (pid < 0) {
        // For want of room or of processes it would be another one.
        refuse(child, point, pid == -EPERM || pid == -ENOSYS);
        atomic_store(&child->busy, 0);
    } else {
        child->fork_ns = mf_sys_used(mf.pid) - start;
        await(child);
        if (mf_parting_is_distant()) {
            mf_sys_reap((int)pid);
            mf_leaving_note(child);
        }
        mf_descriptors_rewind(&mf_exploration.descriptors);
        mf_forerunner_consider(child);
        mf_large_pages_consider(child);
    }
    return pid == 0;
}

/** Clone a child, and further ones for the same as long as the runner wants them, with no signal
 * handler in between: each starts from the same. True in a child; `returned` says which. */
static bool hold_all(const struct mf_interposed_call *call, uint64_t at,
                     uint64_t *returned) {
    struct mf_child *child = &mf_exploration.desk->explore.child;
    uint64_t signals = mf_sys_block_signals();
    bool inside;
    *returned = 0;
    do {
        fill(child, call, at, *returned);
        inside = hold(child, &mf_exploration.points[at]);
    } while (!inside && (*returned = atomic_exchange(&child->again, 0)));
    mf_sys_restore_signals(signals);
    return inside;
}

/** In a child: do with the call what the child is for; whether it passes. */
static bool pass_in_child(struct mf_interposed_call *call, const struct mf_point *point,
                          uint64_t returned) {
    if (returned == MF_FURTHER_CONTROL) {
        return true;
    }
    mf_exploration.returned = returned == MF_FURTHER_AGAIN ? 0 : returned;
    mf_exploration.failing = mf_resource_kin(call->facts.function);
    mf_call_record(call, mf.process, 0, point->number);
    return false;
}

/** Whether the allocation passes as far as one of its points goes; `held` says whether there
 * has been a child for it. */
static bool pass_point(struct mf_interposed_call *call, uint64_t at, bool *held) {
    struct mf_point *point = &mf_exploration.points[at];
    uint32_t waiting = MF_POINT_WAITING;
    if (atomic_load(&point->state) != waiting) {
        return true;
    }
    enum mf_point_state state = judge(*held);
    if (state != MF_POINT_HELD) {
        mf_forerunner_give_up();
    }
    if (!atomic_compare_exchange_strong(&point->state, &waiting, state) ||
        state != MF_POINT_HELD) {
        return true;
    }
    uint64_t returned;
    mf_call_trail_stack(call, &mf_exploration.trail);
    if (hold_all(call, at, &returned)) {
        return pass_in_child(call, point, returned);
    }
    *held = true;
    return true;
}

void *mf_hold_refused(void) {
    uintptr_t returned = mf_exploration.returned;
    mf_exploration.returned = 0;
    return (void *)returned;
}

bool mf_hold_passes(struct mf_interposed_call *call, uint64_t at) {
    uint64_t number = mf_exploration.points[at].number;
    bool held = false;
    if (mf_forerunner_is_due(at) && judge(false) == MF_POINT_HELD) {
        mf_forerunner_send(at);
        held = true;
    }
    for (; at < mf_exploration.points_count && mf_exploration.points[at].number == number;
         at++) {
        if (!pass_point(call, at, &held)) {
            return false;
        }
        if (mf_exploration.child) {
            break;
        }
    }
    return true;
}

/** Write a further failure down. What a child does again and again would fill the journal,
 * at the price of a walk each time: it is counted. */
static void fail_in_child(struct mf_interposed_call *call, uint64_t number) {
    struct mf_trail *trail = &mf_exploration.trail;
    // Another thread of the child keeps no trail.
    bool first = mf_self.tid == mf.pid;
    if (first && call->start && mf_trail_holds(trail, call->start, call->caller) &&
        mf_call_repeat(call, mf.process, number)) {
        return;
    }
    if (first) {
        mf_call_trail_stack(call, trail);
    }
    mf_call_record(call, mf.process, 0, number);
}

void mf_hold_expire(void) {
    mf_trail_spoil(&mf_exploration.trail);
}

/** Count an allocation of a child, which its lease does not count, or no longer does; how many
 * there are with it. */
static uint64_t count(struct mf_child *child) {
    struct mf_thread_counter *counter = &child->counter;
    if (mf_self.counter == counter) {
        mf_count_in(NULL);
        uint64_t granted = atomic_exchange(&counter->granted, 0);
        atomic_fetch_add(&counter->used, granted);
    }
    atomic_fetch_add_explicit(&counter->used, 1, memory_order_relaxed);
    return mf_child_seen(child);
}

bool mf_hold_child_passes(struct mf_interposed_call *call) {
    struct mf_child *child = mf_exploration.child;
    uint64_t seen = count(child);
    if (seen > mf_exploration.desk->explore.horizon) {
        atomic_store(&child->cut, 1);
        mf_sys_exit(0);
    }
    if (!mf_exploration.persistent ||
        !(mf_exploration.failing & MF_FUNCTION_BIT(call->facts.function))) {
        return true;
    }
    atomic_fetch_add_explicit(&child->failed, 1, memory_order_relaxed);
    fail_in_child(call, mf_exploration.points[child->point].number + seen);
    return false;
}
