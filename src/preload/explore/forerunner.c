// SPDX-License-Identifier: MIT
#include "preload/explore/forerunner.h"

#include "preload/base/counting.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/explore/exploration.h"
#include "preload/explore/parting.h"

#include <stddef.h>
#include <string.h>

/** One that has come to fewer points than these was not worth its cost. */
#define POINTS_MIN 4
/** After so many of them, one after the other, as many points as the target has seen to by
 * itself are doubled no more. */
#define FRUITLESS_MAX 5
/** Where cloning takes so long, in ns, the barrier's part of it is small. */
#define DEAR_NS 1000000

static struct {
    /** How many points the target sees to by itself before it sends the next one. */
    uint64_t alone;
    /** How many, one after the other, were not worth their cost. */
    uint32_t fruitless;
} tried;

bool mf_forerunner_is_due(uint64_t at) {
    if (mf_parting_is_distant() || mf_exploration.ahead ||
        atomic_load(&mf_exploration.points[at].state) != MF_POINT_WAITING ||
        mf_exploration.desk->explore.child.fork_ns >= DEAR_NS) {
        return false;
    }
    if (tried.alone > 0) {
        tried.alone--;
        return false;
    }
    return true;
}

/** Count from now on in a slot of this process's own, which begins as the target's is. */
static void count_apart(void) {
    const struct mf_process *slot = &mf.slots[0];
    uint32_t used = atomic_load(&slot->counters_used);
    size_t size =
        offsetof(struct mf_process, counters) + used * sizeof(slot->counters[0]);
    size_t index = mf_self.own ? (size_t)(mf_self.own - slot->counters) : 0;
    memcpy(&mf.own_slot, slot, size);
    mf.process = &mf.own_slot;
    if (mf_self.own) {
        mf_self.own = &mf.own_slot.counters[index];
        mf_count_in(mf_self.counter ? mf_self.own : NULL);
    }
}

/** A forerunner's first steps. */
static void begin(void) {
    mf_exploration.ahead = true;
    mf_exploration.target = mf.pid;
    count_apart();
    mf.pid = mf_self.tid = mf_sys_pid();
    atomic_store(&mf.own_slot.pid, mf.pid);
    if (!mf_parting_trace(NULL, mf_exploration.target) || !mf_parting_detach() ||
        !mf_parting_enclose(MF_PARTING_NOBODY)) {
        mf_sys_exit(0);
    }
    mf.pass = mf_exploration.desk->explore.pass;
}

/** Wait until the runner has seen its end, or has ended itself. */
static void await(struct mf_forerunner *forerunner) {
    while (atomic_load(&forerunner->busy) && mf_parting_runner_lives()) {
        mf_sys_wait(&forerunner->busy, 1, MF_PATIENCE_NS);
    }
    mf_descriptors_rewind(&mf_exploration.descriptors);
}

/** Learn from how far the latest one has come when the next one is to be sent. */
static void learn(uint64_t at) {
    uint64_t first = at;
    while (at < mf_exploration.points_count && at - first < POINTS_MIN &&
           atomic_load(&mf_exploration.points[at].state) != MF_POINT_WAITING) {
        at++;
    }
    if (at - first >= POINTS_MIN || at == mf_exploration.points_count) {
        tried.fruitless = 0;
        return;
    }
    tried.alone = (uint64_t)POINTS_MIN << tried.fruitless;
    tried.fruitless += tried.fruitless < FRUITLESS_MAX;
}

void mf_forerunner_send(uint64_t at) {
    struct mf_forerunner *forerunner = &mf_exploration.desk->explore.forerunner;
    if (mf_exploration.threads != MF_THREADS_NONE) {
        return;
    }
    memcpy(forerunner->written, mf_exploration.descriptors.written,
           sizeof(forerunner->written));
    atomic_store(&forerunner->pid, 0);
    atomic_store(&forerunner->outdated, 0);
    atomic_store(&forerunner->busy, 1);
    uint64_t signals = mf_sys_block_signals();
    long pid = mf_sys_fork_sibling(&forerunner->pid);
    if (pid == 0) {
        begin();
    } else if (pid < 0) {
        atomic_store(&forerunner->busy, 0);
    } else {
        await(forerunner);
    }
    mf_sys_restore_signals(signals);
    if (pid != 0) {
        learn(at);
    }
}

void mf_forerunner_give_up(void) {
    if (mf_exploration.ahead) {
        mf_sys_exit(0);
    }
}

void mf_forerunner_consider(const struct mf_child *child) {
    if (child->fork_ns >= DEAR_NS ||
        atomic_load(&mf_exploration.desk->explore.forerunner.outdated)) {
        mf_forerunner_give_up();
    }
}
