// SPDX-License-Identifier: MIT
#include "preload/explore/parting.h"

#include "preload/base/limits.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(sizeof(struct sock_filter) == sizeof(uint64_t), "an instruction");

bool mf_parting_is_distant(void) {
    return mf_exploration.suite;
}

bool mf_parting_runner_lives(void) {
    return mf_parting_is_distant() ? mf_sys_kill(mf_exploration.runner, 0) == 0
                                   : mf_sys_parent() == mf_exploration.runner;
}

/** Wait until the runner traces this process, which is no child of its. */
static bool await_tracer(struct mf_child *child) {
    if (mf_sys_kill(mf_exploration.runner, SIGCHLD) != 0) {
        return false;
    }
    while (!atomic_load(&child->traced) && atomic_load(&child->busy) &&
           mf_parting_runner_lives()) {
        mf_sys_wait(&child->traced, 0, MF_PATIENCE_NS);
    }
    return atomic_load(&child->traced) && !atomic_load(&child->refused);
}

bool mf_parting_trace(struct mf_child *child, int parent) {
    if (mf_sys_die_with_parent() != 0 || !mf_parting_runner_lives()) {
        return false;
    }
    return mf_parting_is_distant() ? mf_sys_parent() == parent && await_tracer(child)
                                   : mf_sys_trace_me() == 0;
}

bool mf_parting_detach(void) {
    if (mf_sys_leave_session() < 0 || mf_limits_dump_nothing() != 0) {
        return false;
    }
    // What was sent to the parent's group meanwhile was not for this one.
    mf_sys_drop_signals();
    return true;
}

/** Put a value in the place of a number that the barrier's instructions compare with. */
static void put(struct sock_filter *filter, uint32_t count, uint32_t number,
                uint32_t value) {
    for (uint32_t i = 0; i < count; i++) {
        if (BPF_CLASS(filter[i].code) == BPF_JMP && filter[i].k == number) {
            filter[i].k = value;
        }
    }
}

bool mf_parting_enclose(enum mf_parting_self self) {
    const struct mf_explore *explore = &mf_exploration.desk->explore;
    struct sock_filter *filter = mf_exploration.barrier;
    const struct mf_descriptors *open = &mf_exploration.descriptors;
    uint32_t count = explore->barrier_length;
    if (count == 0 || count > MF_BARRIER_MAX) {
        return false;
    }
    memcpy(filter, explore->barrier, count * sizeof(*filter));
    if (self == MF_PARTING_SELF) {
        // Else the number stays that no process can have.
        put(filter, count, MF_BARRIER_SELF, (uint32_t)mf.pid);
    }
    put(filter, count, MF_BARRIER_READABLE, open->consumable ? 0 : INT32_MAX);
    put(filter, count, MF_BARRIER_PROTECTED,
        mf_exploration.sharing == MF_SHARING_NONE ? INT32_MAX : PROT_WRITE);
    put(filter, count, MF_BARRIER_ALONE,
        mf_exploration.threads == MF_THREADS_NONE ? INT32_MAX : 0);
    if (!open->changeable) {
        put(filter, count, MF_BARRIER_SHARED, MAP_SHARED);
    }
    if (!open->writable) {
        put(filter, count, MF_BARRIER_DUPFD, F_DUPFD);
        put(filter, count, MF_BARRIER_DUPFD_CLOEXEC, F_DUPFD_CLOEXEC);
    }
    return mf_sys_filter(filter, count) == 0;
}
