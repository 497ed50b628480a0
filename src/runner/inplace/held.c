// SPDX-License-Identifier: MIT
#include "runner/inplace/held.h"

#include "runner/inplace/child.h"
#include "runner/inplace/control.h"
#include "runner/inplace/inferred.h"
#include "runner/inplace/origin.h"
#include "runner/inplace/remains.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** How many forks tell what one costs. */
#define FORKS_MIN 16

void held_let_go(struct held *held) {
    crash_destroy(&held->child.crash);
    leaks_destroy(&held->child.leaks);
    held->child = (struct child){.known = SIGHTINGS_NONE};
    atomic_store(&held->explore->child.pid, 0);
    atomic_store(&held->explore->child.busy, 0);
    syscall(SYS_futex, &held->explore->child.busy, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/** What cloning a target has cost, as it is now. */
static struct clones *clones_of(struct inplace *inplace, const struct held *held) {
    return &inplace->clones[atomic_load(&held->explore->moved) > 0];
}

/** Whether cloning costs more than a process of its own. */
static bool is_dear(const struct inplace *inplace, const struct clones *clones) {
    return inplace->campaign->options->strategy == STRATEGY_AUTO &&
           clones->count >= FORKS_MIN &&
           2 * (clones->ns / clones->count) > inplace->campaign->oracle.elapsed_ns;
}

/** Why a child's end does not say what a fresh process would have done: a reason of
 * `unsuited`; 0 = it does. */
static uint8_t find_fault(const struct inplace *inplace, const struct held *held,
                          const struct mf_child *told, int status) {
    struct campaign *campaign = inplace->campaign;
    const struct child *child = &held->child;
    if (child->enclosed.barred[0]) {
        return CAMPAIGN_BARRIER;
    }
    if (child->limited) {
        return CAMPAIGN_FILE_LIMIT;
    }
    if (status == SIGKILL && !child->timed_out && !child->fatal && !child->cut) {
        // Then its child is, too.
        return procfile_runs(held->job.pid) ? MF_POINT_REFUSED : MF_POINT_KILLED;
    }
    // What hangs is told with the stacks of all threads. A target that is gone has none.
    if (child->timed_out && !stand_in_has_one_thread(held->job.pid)) {
        return procfile_runs(held->job.pid) ? MF_POINT_THREADS : MF_POINT_KILLED;
    }
    return campaign_is_placed(campaign, held->trials[told->point], told->stack_id)
               ? 0
               : CAMPAIGN_MOVED;
}

/** Whether a child's end is not all there is to see: its files were not its own. */
static bool is_partial(const struct campaign *campaign, const struct end *end) {
    return campaign->watch.count > 0 &&
           judge_end(end, &campaign->oracle).outcome == OUTCOME_TOLERATED;
}

/** Note what a child did. */
static void note(struct inplace *inplace, struct held *held, struct trial *trial,
                 const struct mf_child *told, const struct end *end) {
    struct child *child = &held->child;
    trial->in_place = true;
    trial->waited = end->cut && child->waited;
    trial->stack_id = told->stack_id;
    trial->seen = trial->point.number + mf_child_seen(told);
    trial->failed = 1 + told->failed;
    inplace->campaign->in_place++;
    const struct campaign_sight sight = {
        .channel = &held->job.channel,
        .crash = child->crashed ? &child->crash : NULL,
        .known = child->known,
        .recognised = child->recognised,
        .patience = child->patience,
        .holder = held->job.pid,
    };
    campaign_judge(inplace->campaign, trial, end, &sight);
    if (child->glance && child->crashed && trial->sighting) {
        glimpses_add(&inplace->campaign->glimpses, child->glance, trial->sighting - 1);
    }
}

/** Where the one failure was the last allocation, failing all that follow is the same:
 * the next point of that number is known. */
static void infer(struct inplace *inplace, struct held *held, size_t at) {
    size_t next = at + 1;
    if (next < held->count &&
        inferred_settle(inplace->campaign, held->trials[next], held->trials[at])) {
        atomic_store(&held->points[next].state, MF_POINT_SKIPPED);
    }
}

/** Take back what a child has written. */
static void rewind_streams(struct held *held) {
    for (int k = 0; k < 2; k++) {
        capture_rewind(&held->job.streams[k], held->child.from[k]);
    }
}

/** The call site of a trial's failure; SIZE_MAX = unknown. */
static size_t site_of(const struct inplace *inplace, const struct trial *trial) {
    const struct stacks_entry *entry =
        stacks_find(&inplace->campaign->oracle.stacks, trial->point.stack_id);
    return entry ? entry->site : SIZE_MAX;
}

/** Note whether the barrier has ended a child. Where it always does, no more are cloned. */
static void learn(struct inplace *inplace, struct held *held, const struct trial *trial) {
    struct barred *barred = &inplace->campaign->barred;
    size_t site = site_of(inplace, trial);
    held->left_call = (uint8_t)barred_note(barred, site, held->child.enclosed.barred);
    if (!held->child.enclosed.barred[0] || !barred_is_hopeless(barred, site)) {
        return;
    }
    for (unsigned i = 0; i < inplace->target_count; i++) {
        const struct held *other = &inplace->targets[i];
        for (size_t k = 0; other->started && k < other->count; k++) {
            uint32_t waiting = MF_POINT_WAITING;
            if (site_of(inplace, other->trials[k]) == site) {
                atomic_compare_exchange_strong(&other->points[k].state, &waiting,
                                               MF_POINT_SKIPPED);
            }
        }
    }
}

/** Take back what a child wrote, and let the program go on. */
static void go_on(struct held *held) {
    rewind_streams(held);
    // Cloning takes its time, too: what counts is how long it goes on by itself.
    timelimit_begin(&held->job.time);
    held_let_go(held);
    forerunner_follow(held);
}

/** Judge a trial by the end of its child, or note why that says nothing. */
static void settle(struct inplace *inplace, struct held *held, struct trial *trial,
                   const struct mf_child *told, int status) {
    struct campaign *campaign = inplace->campaign;
    // It did what its process does.
    bool failed = WIFEXITED(status) && WEXITSTATUS(status) != 0;
    const struct judgement own = {.outcome =
                                      failed ? OUTCOME_HANDLED : OUTCOME_TOLERATED};
    control_read(inplace, held, status);
    const struct end end = {
        .status = held->child.fatal ? held->child.fatal : status,
        .timed_out = held->child.timed_out,
        .own_size = held->child.own_size,
        .cut = !held->child.fatal && (held->child.cut || told->cut),
        .streams = held->job.streams,
        .given = held->child.own ? &own : NULL,
    };
    held->left = find_fault(inplace, held, told, status);
    if (!held->left && is_partial(campaign, &end)) {
        held->left = CAMPAIGN_WATCH;
    }
    if (!held->left && end.timed_out && !held->child.recognised &&
        child_is_hurried(&held->child)) {
        held->left = held->child.hurry;
    }
    if (!held->left && atomic_load(&held->points[told->point].state) == MF_POINT_HELD) {
        note(inplace, held, trial, told, &end);
        trial->own = held->child.own;
        if (held->remains) {
            remains_keep(held->remains, held, trial, told, &end);
        }
        infer(inplace, held, told->point);
        control_note(inplace, held, trial);
        if (!origin_ask(inplace, held, trial, told)) {
            control_ask(inplace, held);
        }
    } else {
        campaign->unsuited[held->left] += held->left > 0;
        atomic_store(&held->explore->child.unsound, 1);
    }
}

void held_finish(struct inplace *inplace, struct held *held, int status) {
    struct mf_child told;
    if (origin_is_asked(held) || control_is_asked(held)) {
        if (control_is_asked(held)) {
            control_finish(inplace, held, status);
        } else {
            control_ask(inplace, held);
        }
        go_on(held);
        return;
    }
    // The target can change it under our eyes.
    memcpy(&told, &held->explore->child, sizeof(told));
    struct trial *trial = told.point < held->count ? held->trials[told.point] : NULL;
    struct clones *clones = clones_of(inplace, held);
    clones->count += told.fork_ns > 0;
    clones->ns += told.fork_ns;
    if (trial) {
        learn(inplace, held, trial);
    }
    if (trial && trial->state == TRIAL_OPEN) {
        settle(inplace, held, trial, &told, status);
    }
    go_on(held);
    if (is_dear(inplace, clones)) {
        for (unsigned i = 0; i < inplace->target_count; i++) {
            if (inplace->targets[i].explore) {
                atomic_store(&inplace->targets[i].explore->stop, 1);
            }
        }
    }
}
