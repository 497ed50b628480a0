// SPDX-License-Identifier: MIT
#include "preload/policy/notice.h"

#include "preload/base/inside.h"
#include "preload/base/next.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/attach.h"
#include "preload/policy/startup.h"
#include "preload/policy/thread_counters.h"
#include "preload/stack/modules.h"

#include <errno.h>

void mf_notice_shut_in(bool strict) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (mf_inside_enter(&mark)) {
        if (mf_startup_stage() >= MF_READY) {
            mf_thread_counter_mine(mf_attach_process());
            mf_modules_expire();
            mf_modules_find(mark.words[0]);
        }
        mf_inside_leave();
    }
    atomic_store_explicit(&mf.shut_in, 1, memory_order_relaxed);
    if (strict) {
        atomic_store_explicit(&mf.strict, 1, memory_order_relaxed);
    }
    errno = saved;
}

void mf_notice_trace_refused(void) {
    if (mf.head) {
        atomic_store_explicit(&mf.head->trace_refused, 1, memory_order_relaxed);
    }
}

MF_REALIGNED void mf_notice_second_thread(void) {
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

void mf_notice_mapping(const void *caller) {
    struct mf_inside_mark mark;
    int saved = errno;
    if (!mf.process || !mf_inside_enter(&mark)) {
        return;
    }
    // An allocator whose malloc is reached has its memory from there, too.
    const struct mf_range *from = mf_modules_find((uintptr_t)caller);
    const struct mf_range *next = mf_modules_find((uintptr_t)mf_hot.next.malloc);
    if (from && next && from->key != next->key) {
        atomic_fetch_add_explicit(&mf.process->mapped, 1, memory_order_relaxed);
    }
    mf_inside_leave();
    errno = saved;
}
