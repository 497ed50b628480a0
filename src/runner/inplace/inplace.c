// SPDX-License-Identifier: MIT
// The library holds the target and clones the children (preload/explore/hold.c); here they
// are traced and awaited. They are ours, not the target's: it never learns of them.
//
// Each job is one held target with its share of the points, so while one of them waits for
// its child others go on.
#include "runner/inplace/inplace.h"

#include "runner/inplace/barrier.h"
#include "runner/inplace/child.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** How often children are looked at for their time. */
#define LOOK_PERIOD (20 * CLOCK_MILLISECOND)

static int by_number(const void *a, const void *b) {
    const struct trial *one = *(struct trial *const *)a;
    const struct trial *other = *(struct trial *const *)b;
    if (one->point.number != other->point.number) {
        return one->point.number < other->point.number ? -1 : 1;
    }
    return (int)one->mode - (int)other->mode;
}

/** Gather the open trials, in their order; NULL when memory ran out. To be freed. */
static struct trial **gather(const struct campaign *campaign, size_t *count) {
    struct trial **trials = calloc(campaign->due + 1, sizeof(trials[0]));
    *count = 0;
    for (size_t i = 0; trials && i < campaign->due; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_OPEN && trial->mode != TRIAL_PAIRS) {
            trials[(*count)++] = trial;
        }
    }
    if (trials) {
        qsort(trials, *count, sizeof(trials[0]), by_number);
    }
    return trials;
}

/** Deal the points out, each with all its modes; 0 on success, -1 when memory ran out. */
static int deal(struct inplace *inplace, struct trial **trials, size_t count) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        inplace->targets[i].trials = calloc(count + 1, sizeof(trials[0]));
        if (!inplace->targets[i].trials) {
            return -1;
        }
    }
    unsigned turn = 0;
    for (size_t i = 0; i < count; i++) {
        bool same = i > 0 && trials[i]->point.number == trials[i - 1]->point.number;
        turn = i == 0 || same ? turn : (turn + 1) % inplace->target_count;
        struct held *held = &inplace->targets[turn];
        held->trials[held->count++] = trials[i];
    }
    return 0;
}

/** Write the points into the channel. */
static int describe(const struct inplace *inplace, struct held *held) {
    struct mf_explore *explore = &held->job.channel.head->explore;
    held->explore = explore;
    held->points =
        (struct mf_point *)(void *)((char *)held->job.channel.head + MF_CHANNEL_SIZE);
    for (size_t i = 0; i < held->count; i++) {
        held->points[i].number = held->trials[i]->point.number;
        held->points[i].persistent = held->trials[i]->mode == TRIAL_PERSISTENT;
    }
    explore->mode = MF_EXPLORE_HOLD;
    explore->points_offset = MF_CHANNEL_SIZE;
    explore->points_count = held->count;
    explore->trial = 1;
    explore->horizon = inplace->campaign->horizon.allocations;
    for (int k = 0; k < 2; k++) {
        capture_identify(&held->job.streams[k], &explore->own_device[k],
                         &explore->own_inode[k]);
    }
    return barrier_put(inplace->campaign->barrier, BARRIER_OUTPUT_SAME, explore);
}

/** Make ready and start a target; 0 on success, -1 with errno. */
static int start(struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    char policy[96];
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%s\",\"rules\":[]}",
             campaign->options->arm);
    if (job_init(&held->job, &campaign->plan, policy,
                 held->count * sizeof(struct mf_point)) != 0) {
        return -1;
    }
    if (describe(inplace, held) == 0 &&
        job_start(&held->job, &inplace->tracer, false, held) == 0) {
        held->started = true;
        return 0;
    }
    int saved = errno;
    job_destroy(&held->job);
    errno = saved;
    return -1;
}

/** The target that is held for a child nobody knows yet; NULL = none. */
static struct held *find_parent(struct inplace *inplace, pid_t pid) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        struct held *held = &inplace->targets[i];
        if (held->started && !held->child.pid &&
            atomic_load(&held->explore->child.busy) &&
            atomic_load(&held->explore->child.pid) == pid) {
            return held;
        }
    }
    return NULL;
}

/** The target whose forerunner a process is that nobody knows yet; NULL = none. */
static struct held *find_target(struct inplace *inplace, pid_t pid) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        if (forerunner_is(&inplace->targets[i], pid)) {
            return &inplace->targets[i];
        }
    }
    return NULL;
}

/** The target that a process is, or is the child of, where the tracer had no memory to
 * remember whose it is; NULL = none. */
static struct held *find_known(struct inplace *inplace, pid_t pid) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        struct held *held = &inplace->targets[i];
        if (held->started && (held->job.pid == pid || held->child.pid == pid ||
                              held->forerunner.pid == pid)) {
            return held;
        }
    }
    return NULL;
}

/** Somebody has ended. */
static void on_end(struct inplace *inplace, struct held *held,
                   const struct tracee_event *event) {
    if (event->tid == held->job.pid && !held->ended) {
        held->ended = true;
        job_end(&held->job, event->status);
        if (held->forerunner.pid) {
            kill(held->forerunner.pid, SIGKILL);
        }
    } else if (event->tid == held->child.pid) {
        held_finish(inplace, held, event->status);
    } else if (event->tid == held->forerunner.pid) {
        child_look_for(inplace, held);
        forerunner_ends(held);
    }
}

/** Somebody shows up of whom nothing was heard; the target that it belongs to, NULL = none.
 */
static struct held *meet(struct inplace *inplace, const struct tracee_event *event) {
    struct held *held = find_parent(inplace, event->tid);
    if (held) {
        child_meet(held, event->tid, inplace->campaign->plan.timeout_ns);
    } else if ((held = find_target(inplace, event->tid))) {
        forerunner_meet(inplace, held, event->tid);
    }
    if (held && event->kind != TRACEE_ENDED) {
        tracee_adopt(&inplace->tracer, event->tid, held);
    }
    return held;
}

/** Act on one event. */
static void act(struct inplace *inplace, const struct tracee_event *event) {
    struct held *held = event->owner ? event->owner : find_known(inplace, event->tid);
    if (!held && !(held = meet(inplace, event))) {
        return;
    }
    if (event->kind == TRACEE_SIGNAL && event->tid == held->child.pid) {
        child_stops(inplace, held, event);
    } else if (event->kind == TRACEE_SIGNAL && event->tid == held->forerunner.pid) {
        forerunner_stops(held, event);
    } else if (event->kind == TRACEE_ENDED) {
        on_end(inplace, held, event);
    }
}

/** See whether a target has a child by now, or a forerunner, that nothing was heard of. */
static void look_for(struct inplace *inplace, struct held *held) {
    pid_t pid = atomic_load(&held->explore->forerunner.pid);
    if (pid > 0 && forerunner_is(held, pid) && tracee_is_child(pid)) {
        forerunner_meet(inplace, held, pid);
        tracee_adopt(&inplace->tracer, pid, held);
    }
    child_look_for(inplace, held);
}

/** Whether a target, or something that belongs to it, has not ended. */
static bool is_held(const struct held *held) {
    return held->started && (!held->ended || held->child.pid || held->forerunner.pid);
}

/** Take whatever has happened. */
static void reap(struct inplace *inplace) {
    struct tracee_event event;
    do {
        event = tracee_next(&inplace->tracer, false);
        act(inplace, &event);
    } while (event.kind != TRACEE_NOTHING);
}

/** Kill a target with all that belongs to it. */
static void abandon(struct held *held) {
    if (held->forerunner.pid) {
        forerunner_press(held, 0, true);
    }
    if (!held->ended) {
        kill(-held->job.pid, SIGKILL);
        kill(held->job.pid, SIGKILL);
    }
}

/** Kill a target, or its forerunner, that has run for too long by itself; how much time is
 * left. */
static uint64_t press_target(const struct inplace *inplace, struct held *held) {
    if (held->forerunner.pid) {
        return forerunner_press(held, inplace->campaign->oracle.elapsed_ns, false);
    }
    uint64_t left = job_time_left(&held->job);
    if (left == 0) {
        job_time_out(&held->job);
    }
    return left;
}

/** Kill what has run for too long; how long to wait at most. */
static uint64_t press(struct inplace *inplace, bool abandoned) {
    uint64_t wait = LOOK_PERIOD;
    for (unsigned i = 0; i < inplace->target_count; i++) {
        struct held *held = &inplace->targets[i];
        if (!is_held(held)) {
            continue;
        }
        look_for(inplace, held);
        child_press(inplace, held, abandoned);
        if (abandoned) {
            abandon(held);
        } else if (atomic_load(&held->explore->moving)) {
            timelimit_begin(&held->job.time);
        } else if (!held->child.pid && !held->ended) {
            uint64_t left = press_target(inplace, held);
            wait = left > 0 && left < wait ? left : wait;
        }
    }
    return wait;
}

/** Whether a target runs, or a child. */
static bool is_busy(const struct inplace *inplace) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        if (is_held(&inplace->targets[i])) {
            return true;
        }
    }
    return false;
}

/** Go on until all targets and children have ended. */
static void attend(struct inplace *inplace) {
    struct campaign *campaign = inplace->campaign;
    bool abandoned = false;
    while (is_busy(inplace)) {
        abandoned = abandoned || !campaign_goes_on(campaign);
        campaign_signal(campaign, signals_wait(press(inplace, abandoned)));
        reap(inplace);
    }
}

/** Whether a target itself ended as if nothing had been tried. Where only what it wrote
 * tells otherwise, a clean run of now is asked: time has gone on since the first ones. */
static bool is_unharmed(struct inplace *inplace, const struct held *held) {
    struct campaign *campaign = inplace->campaign;
    const struct end end = {
        .status = held->job.status,
        .timed_out = held->job.timed_out,
        .streams = held->job.streams,
    };
    struct oracle *oracle = &campaign->oracle;
    struct judgement judgement = judge_end(&end, oracle);
    if (judgement.by_output &&
        oracle_ask_again(oracle, &campaign->plan, campaign->options->arm)) {
        judgement = judge_end(&end, oracle);
    }
    return end.status == oracle->status && judgement.outcome == OUTCOME_TOLERATED;
}

/** Take back what was learnt: the target did something else. */
static void discard(struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    for (size_t i = 0; i < held->count; i++) {
        struct trial *trial = held->trials[i];
        if (trial->state == TRIAL_DONE && (trial->in_place || trial->inferred)) {
            campaign_reopen(campaign, trial);
        }
    }
    campaign->progress.defects = inplace->defects_before;
    diag_debug(campaign->diag, "in place the program ended with wait status %d%s",
               held->job.status, held->job.timed_out ? ", out of time" : "");
    campaign->not_in_place = "in place the program did not end as in a clean run";
}

/** Count why points are left over. */
static void count_unsuited(struct inplace *inplace, const struct held *held) {
    for (size_t i = 0; i < held->count; i++) {
        uint32_t state = atomic_load(&held->points[i].state);
        if (held->trials[i]->state == TRIAL_OPEN && state != MF_POINT_HELD &&
            state < CAMPAIGN_WATCH) {
            inplace->campaign->unsuited[state]++;
        }
    }
}

/** A target has ended: see whether what its children did is to be believed. */
static void conclude(struct inplace *inplace, struct held *held) {
    struct campaign *campaign = inplace->campaign;
    bool whole = !campaign->stopped_by && !campaign->out_of_time;
    view_destroy(&held->view);
    if (!held->started) {
        return;
    }
    if (whole && !is_unharmed(inplace, held)) {
        discard(inplace, held);
    } else if (whole) {
        count_unsuited(inplace, held);
    }
    inplace->moved += atomic_load(&held->explore->moved);
    job_destroy(&held->job);
}

/** Say what moving memory to large pages was good for. */
static void tell_moved(const struct inplace *inplace) {
    double ms[2];
    for (int i = 0; i < 2; i++) {
        const struct clones *clones = &inplace->clones[i];
        ms[i] = clones->count ? (double)clones->ns / 1e6 / (double)clones->count : 0;
    }
    if (inplace->moved > 0) {
        diag_debug(inplace->campaign->diag,
                   "large pages: %" PRIu64 " MB of the program's memory moved there; "
                   "cloning took %.1f ms before, %.1f ms after",
                   inplace->moved >> 20, ms[0], ms[1]);
    }
}

/** How many targets are held at once: while one waits for its child another can run. */
static unsigned count_targets(const struct campaign *campaign, size_t trials) {
    unsigned jobs = campaign->options->jobs;
    unsigned count = campaign_is_serial(campaign) || jobs == 1 ? 1 : 2 * jobs;
    return trials < count ? (unsigned)trials : count;
}

/** Start all targets; how many there are. */
static unsigned start_all(struct inplace *inplace) {
    struct campaign *campaign = inplace->campaign;
    unsigned started = 0;
    for (unsigned i = 0; i < inplace->target_count; i++) {
        if (start(inplace, &inplace->targets[i]) == 0) {
            started++;
        } else {
            diag_debug(campaign->diag, "cannot hold a target: %s", strerror(errno));
        }
    }
    if (started == 0) {
        campaign->not_in_place = "a target could not be held";
    }
    return started;
}

/** Run the trials that are due; 0 on success, -1 when memory ran out. */
static int run(struct campaign *campaign) {
    struct inplace inplace = {
        .campaign = campaign,
        .defects_before = campaign->progress.defects,
    };
    size_t count;
    struct trial **trials = gather(campaign, &count);
    inplace.target_count = trials ? count_targets(campaign, count) : 0;
    inplace.targets = calloc(inplace.target_count + 1, sizeof(inplace.targets[0]));
    int result = trials && inplace.targets ? deal(&inplace, trials, count) : -1;
    if (result != 0) {
        diag_no_memory(campaign->diag);
    } else if (count > 0 && start_all(&inplace) > 0) {
        attend(&inplace);
    }
    for (unsigned i = 0; inplace.targets && i < inplace.target_count; i++) {
        conclude(&inplace, &inplace.targets[i]);
        free(inplace.targets[i].trials);
    }
    tell_moved(&inplace);
    diag_debug(campaign->diag, "forerunners: %zu in %u targets", inplace.forerunners,
               inplace.target_count);
    tracee_destroy(&inplace.tracer);
    free(inplace.targets);
    free(trials);
    return result;
}

bool inplace_is_wanted(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    if (campaign->preflight && campaign->preflight->breakpoints.patches) {
        campaign->not_in_place = "static program: failed by breakpoints, slower";
        return false;
    }
    if (options->strategy == STRATEGY_FRESH) {
        return false;
    }
    if (options->follow) {
        campaign->not_in_place = "--follow traces all processes";
    } else if (options->leaks) {
        campaign->not_in_place = "--leaks needs an account of each run's own";
    } else if (options->check) {
        campaign->not_in_place = "--check needs whole outputs";
    }
    return !campaign->not_in_place;
}

int inplace_trials(struct campaign *campaign) {
    if (!inplace_is_wanted(campaign) || !campaign_goes_on(campaign)) {
        return 0;
    }
    return run(campaign);
}
