// SPDX-License-Identifier: MIT
#include "preload/explore/leaving.h"

#include "preload/base/inside.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/parting.h"
#include "preload/heap/account.h"
#include "preload/stack/modules.h"
#include "preload/stack/stack.h"

#include <signal.h>

/** How often to wait for the runner before giving up. */
#define PATIENCE 10
/** The same for a free entry, where other processes end, too. */
#define CROWD_NS UINT64_C(1000000)
#define CROWDS   200

/** The process that has to tell its end; 0 = none. */
static _Atomic int32_t owes;

/** mf_stack_walk()'s question: write a frame down. */
static bool on_frame(void *context, const struct mf_stack_frame *frame) {
    struct mf_child *child = context;
    const struct mf_range *range = mf_modules_find(frame->address);
    uint64_t *place = child->end_frames[child->end_count++];
    place[0] = range ? range->module : MF_MODULES_MAX;
    place[1] = frame->address - (range ? range->base : 0);
    return child->end_count < MF_CHILD_FRAMES_MAX;
}

/** Write down where a process ends whose blocks are kept account of. */
static void record(struct mf_child *child) {
    struct mf_inside_mark mark;
    if (mf_account_kept() && child->end_count == 0 && mf_inside_enter(&mark)) {
        mf_stack_walk(0, on_frame, child);
        mf_inside_leave();
    }
}

void mf_leaving_describe(struct mf_child *child) {
    child->end_count = 0;
    mf_account_show(&child->account, &child->account_serial);
    child->crowded = mf_exploration.threads != MF_THREADS_NONE;
    atomic_store(&child->kept, 0);
}

void mf_leaving_note(const struct mf_child *child) {
    if (atomic_load(&child->kept)) {
        atomic_store(&owes, mf.pid);
    }
}

/** Take a free entry; NULL = there is none. */
static struct mf_suite_leaver *take(struct mf_suite *suite) {
    for (unsigned i = 0; i < MF_SUITE_LEAVERS_MAX; i++) {
        int32_t nobody = 0;
        if (atomic_compare_exchange_strong(&suite->leavers[i].pid, &nobody, mf.pid)) {
            return &suite->leavers[i];
        }
    }
    return NULL;
}

/** The same, but wait for one for a while. */
static struct mf_suite_leaver *await_entry(struct mf_suite *suite) {
    struct mf_suite_leaver *leaver = take(suite);
    for (unsigned i = 0; i < CROWDS && !leaver; i++) {
        mf_sys_wait(&suite->leavers[0].asks, 1, CROWD_NS);
        leaver = take(suite);
    }
    return leaver;
}

/** Have the runner read what this process leaves. */
static void ask(struct mf_suite_leaver *leaver) {
    int32_t runner = mf_exploration.runner;
    mf_account_show(&leaver->account, &leaver->serial);
    atomic_store(&leaver->asks, 1);
    bool there = mf_sys_kill(runner, SIGCHLD) == 0;
    for (unsigned i = 0; i < PATIENCE && there && atomic_load(&leaver->asks); i++) {
        mf_sys_wait(&leaver->asks, 1, MF_PATIENCE_NS);
        there = mf_sys_kill(runner, 0) == 0;
    }
}

void mf_leaving_tell(void) {
    if (mf_exploration.child) {
        record(mf_exploration.child);
        return;
    }
    // A child of vfork() is another process in the same memory.
    if (!mf_exploration.suite && mf_account && mf_sys_pid() == mf.pid) {
        // A run of its own says it where children do.
        record(&mf.head->explore.child);
    }
    int32_t own = atomic_load_explicit(&owes, memory_order_relaxed);
    if (own == 0 || mf_is_shut_in() || mf_sys_pid() != own || !mf_exploration.suite) {
        return;
    }
    atomic_store(&owes, 0);
    uint64_t signals = mf_sys_block_signals();
    struct mf_suite_leaver *leaver = await_entry(mf_exploration.suite);
    if (leaver) {
        ask(leaver);
    }
    mf_sys_restore_signals(signals);
}
