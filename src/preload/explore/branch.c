// SPDX-License-Identifier: MIT
#include "preload/explore/branch.h"

#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/sharing.h"
#include "preload/heap/fill.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/mman.h>

/** How long to wait for a free slot before looking whether the runner still lives. */
#define PATIENCE_NS UINT64_C(200000000)
/** The status of a child that could not begin; its point says so, too. */
#define STATUS_REFUSED 125

_Static_assert(sizeof(struct sock_filter) == sizeof(uint64_t), "an instruction");

static bool runner_lives(void) {
    return mf_sys_parent() == mf_exploration.runner;
}

/** Whether there are other threads than this one. */
static bool has_threads(void) {
    if (mf.single_threaded && *mf.single_threaded) {
        return false;
    }
    // A folder's links: itself, its parent, and its subfolders.
    struct mf_sys_file tasks;
    return mf_sys_look_at("/proc/self/task", &tasks) != 0 || tasks.links != 3;
}

/** What stands against branching here and now; MF_POINT_BRANCHED = nothing. */
static enum mf_point_state judge(void) {
    if (atomic_load(&mf.head->explore.stop)) {
        return MF_POINT_STOPPED;
    }
    if (atomic_load(&mf.shut_in)) {
        return MF_POINT_REFUSED;
    }
    if (has_threads()) {
        return MF_POINT_THREADS;
    }
    if (!mf_descriptors_list(&mf_exploration.descriptors)) {
        return MF_POINT_DESCRIPTORS;
    }
    if (mf_sharing_found()) {
        return MF_POINT_SHARED_MEMORY;
    }
    bool ours = mf_sys_pid() == atomic_load(&mf.slots[0].pid) && runner_lives();
    return ours ? MF_POINT_BRANCHED : MF_POINT_REFUSED;
}

/** Take a slot that is free at present; the count where there is none. */
static uint32_t try_claim(struct mf_explore *explore, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        uint32_t state = MF_BRANCH_FREE;
        if (atomic_compare_exchange_strong(&explore->slots[i].state, &state,
                                           MF_BRANCH_STARTING)) {
            return i;
        }
    }
    return count;
}

/** Take a slot, waiting for one; NULL when the exploration ends meanwhile. */
static struct mf_branch *claim(struct mf_explore *explore) {
    uint32_t count =
        explore->branches < MF_BRANCHES_MAX ? explore->branches : MF_BRANCHES_MAX;
    while (count > 0) {
        uint32_t wake = atomic_load(&explore->wake);
        uint32_t at = try_claim(explore, count);
        if (at < count) {
            return &explore->slots[at];
        }
        if (atomic_load(&explore->stop) || !runner_lives()) {
            return NULL;
        }
        mf_sys_wait(&explore->wake, wake, PATIENCE_NS);
    }
    return NULL;
}

static void fill(struct mf_branch *slot, const struct mf_interposed_call *call,
                 uint64_t at) {
    slot->point = at;
    memcpy(slot->written, mf_exploration.descriptors.written, sizeof(slot->written));
    slot->fork_ns = 0;
    slot->stack_id = call->stack_id;
    atomic_store(&slot->pid, 0);
    atomic_store(&slot->seen, 0);
    atomic_store(&slot->failed, 0);
}

/** Put a value in the place of a number that the barrier's instructions compare with. */
static void put(struct sock_filter *filter, uint32_t count, uint32_t number,
                uint32_t value) {
    for (uint32_t i = 0; i < count; i++) {
        if (filter[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && filter[i].k == number) {
            filter[i].k = value;
        }
    }
}

/** Put up the effect barrier. */
static bool submit(const struct mf_explore *explore) {
    struct sock_filter *filter = mf_exploration.barrier;
    uint32_t count = explore->barrier_length;
    if (count == 0 || count > MF_BARRIER_MAX) {
        return false;
    }
    memcpy(filter, explore->barrier, count * sizeof(*filter));
    put(filter, count, MF_BARRIER_SELF, (uint32_t)mf_sys_pid());
    if (!mf_exploration.descriptors.changeable) {
        put(filter, count, MF_BARRIER_SHARED, MAP_SHARED);
    }
    if (!mf_exploration.descriptors.writable) {
        put(filter, count, MF_BARRIER_DUPFD, F_DUPFD);
        put(filter, count, MF_BARRIER_DUPFD_CLOEXEC, F_DUPFD_CLOEXEC);
    }
    return mf_sys_filter(filter, count) == 0;
}

/** Become a process of the runner's, with nothing in common with the parent. */
static bool part(const struct mf_explore *explore, const struct mf_branch *slot) {
    if (mf_sys_die_with_parent() != 0 || !runner_lives() || mf_sys_leave_session() < 0 ||
        mf_sys_dump_nothing() != 0) {
        return false;
    }
    // What was sent to the parent's group meanwhile was not for this one.
    mf_sys_drop_signals();
    return mf_descriptors_part(&mf_exploration.descriptors, mf_exploration.runner,
                               explore->capture[slot - explore->slots]);
}

/** The child's first steps: away from its parent, and behind the barrier. */
static void begin_child(struct mf_branch *slot) {
    const struct mf_explore *explore = &mf.head->explore;
    // Its process and counter are the parent's, which lie in shared memory.
    mf_self.counter = NULL;
    mf_self.own = NULL;
    mf.process = &mf.own_slot;
    mf_exploration.branch = slot;
    mf_fill_begin();
    if (!part(explore, slot) || !submit(explore)) {
        atomic_store(&mf_exploration.points[slot->point].state, MF_POINT_REFUSED);
        mf_sys_exit(STATUS_REFUSED);
    }
}

/** Fork, with no signal handler in between; 0 in the child. */
static long branch_off(struct mf_branch *slot) {
    uint64_t signals = mf_sys_block_signals();
    uint64_t start = mf_sys_now();
    long pid = mf_sys_fork_sibling(&slot->pid);
    if (pid == 0) {
        begin_child(slot);
    } else {
        slot->fork_ns = mf_sys_now() - start;
    }
    mf_sys_restore_signals(signals);
    return pid;
}

bool mf_branch_passes(struct mf_interposed_call *call, uint64_t at) {
    struct mf_explore *explore = &mf.head->explore;
    struct mf_point *point = &mf_exploration.points[at];
    enum mf_point_state state = judge();
    struct mf_branch *slot = state == MF_POINT_BRANCHED ? claim(explore) : NULL;
    if (!slot) {
        state = state == MF_POINT_BRANCHED ? MF_POINT_STOPPED : state;
        atomic_store(&point->state, state);
        return true;
    }
    mf_call_look_at_stack(call);
    fill(slot, call, at);
    atomic_store(&point->state, MF_POINT_BRANCHED);
    long pid = branch_off(slot);
    if (pid == 0) {
        return false;
    }
    if (pid < 0) {
        atomic_store(&point->state, MF_POINT_REFUSED);
    }
    // Where this process was kept from running meanwhile, the child may have come to its
    // end and the slot be free again.
    uint32_t starting = MF_BRANCH_STARTING;
    atomic_compare_exchange_strong(&slot->state, &starting,
                                   pid < 0 ? MF_BRANCH_FREE : MF_BRANCH_RUNNING);
    return true;
}

bool mf_branch_child_passes(void) {
    struct mf_branch *slot = mf_exploration.branch;
    atomic_fetch_add_explicit(&slot->seen, 1, memory_order_relaxed);
    if (!mf.head->explore.persistent) {
        return true;
    }
    atomic_fetch_add_explicit(&slot->failed, 1, memory_order_relaxed);
    return false;
}
