// SPDX-License-Identifier: MIT
// The library holds the target and clones the children (preload/explore/hold.c); here they
// are traced and awaited. They are ours, not the target's: it never learns of them.
//
// Each job is one held target with its share of the points, so while one of them waits for
// its child others go on.
#include "runner/trials/inplace.h"

#include "runner/crash/crash.h"
#include "runner/target/tracee.h"
#include "runner/trials/barrier.h"
#include "runner/trials/inferred.h"
#include "runner/trials/stand_in.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** How long a child is given to stop that has run for too long. */
#define STOP_TIME (200 * CLOCK_MILLISECOND)
/** How often children are looked at for their time. */
#define LOOK_PERIOD (20 * CLOCK_MILLISECOND)
/** How many forks tell what one costs. */
#define FORKS_MIN 16
/** A run of the target meets its points in their order: what matters most has a turn of
 * its own. */
#define TURNS 2

/** A child for which its target is held. */
struct child {
    /** 0 = there is none. */
    pid_t pid;
    uint64_t since_ns;
    /** How much the target had written to its stdout and stderr. */
    uint64_t from[2];
    /** Its time is over; it is asked to stop, to see where it stands. */
    bool timed_out;
    uint64_t stop_until_ns;
    /** The first fatal signal that it was about to get; 0 = none. */
    int fatal;
    /** Where that was, or where it hangs: a sighting of the same place, or the facts. */
    uint32_t known;
    bool crashed;
    struct crash crash;
    /** What glance() made of it; 0 = nothing. */
    uint64_t glance;
    /** The system call that the barrier ended it for; "" = none. */
    char barred[STAND_IN_NAME_MAX];
};

/** A target that is held at its points. */
struct held {
    struct job job;
    struct mf_explore *explore;
    struct mf_point *points;
    /** One for each point. */
    struct trial **trials;
    size_t count;
    struct child child;
    bool started, ended;
    /** What is mapped in it. */
    struct maps maps;
};

struct inplace {
    struct campaign *campaign;
    struct tracer tracer;
    struct held *targets;
    unsigned target_count;
    /** What progress had shown. */
    size_t defects_before;
    uint64_t forks, fork_ns;
};

static int by_number(const void *a, const void *b) {
    const struct trial *one = *(struct trial *const *)a;
    const struct trial *other = *(struct trial *const *)b;
    if (one->point.number != other->point.number) {
        return one->point.number < other->point.number ? -1 : 1;
    }
    return (int)one->mode - (int)other->mode;
}

/** Whether a trial's turn has come: where time is short, one of each stack goes first. */
static bool is_due(const struct campaign *campaign, const struct trial *trial, int turn) {
    bool waits = campaign->until_ns != CLOCK_NEVER && trial->point.occurrence > 1;
    return trial->state == TRIAL_OPEN && trial->mode != TRIAL_PAIRS &&
           waits == (turn > 0);
}

/** Gather the open trials, in their order; NULL when memory ran out. To be freed. */
static struct trial **gather(const struct campaign *campaign, int turn, size_t *count) {
    struct trial **trials = calloc(campaign->trial_count + 1, sizeof(trials[0]));
    *count = 0;
    for (size_t i = 0; trials && i < campaign->trial_count; i++) {
        if (is_due(campaign, &campaign->trials[i], turn)) {
            trials[(*count)++] = &campaign->trials[i];
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
    for (int k = 0; k < 2; k++) {
        capture_identify(&held->job.streams[k], &explore->own_device[k],
                         &explore->own_inode[k]);
    }
    return barrier_put(inplace->campaign->barrier, explore);
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

/** Let the target go on. */
static void let_go(struct held *held) {
    crash_destroy(&held->child.crash);
    held->child = (struct child){.known = SIGHTINGS_NONE};
    atomic_store(&held->explore->child.pid, 0);
    atomic_store(&held->explore->child.busy, 0);
    syscall(SYS_futex, &held->explore->child.busy, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/** Whether cloning costs more than a process of its own. */
static bool is_dear(const struct inplace *inplace) {
    return inplace->campaign->options->strategy == STRATEGY_AUTO &&
           inplace->forks >= FORKS_MIN &&
           2 * (inplace->fork_ns / inplace->forks) > inplace->campaign->oracle.elapsed_ns;
}

/** Whether a child's end says what a fresh process would have done. */
static bool is_sound(const struct inplace *inplace, const struct held *held,
                     const struct mf_child *told, int status) {
    struct campaign *campaign = inplace->campaign;
    const struct child *child = &held->child;
    if (child->barred[0]) {
        campaign->unsuited[CAMPAIGN_BARRIER]++;
        return false;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !child->timed_out &&
        !child->fatal) {
        campaign->unsuited[MF_POINT_REFUSED]++;
        return false;
    }
    if (!campaign_is_placed(campaign, held->trials[told->point], told->stack_id)) {
        campaign->unsuited[CAMPAIGN_MOVED]++;
        return false;
    }
    return atomic_load(&held->points[told->point].state) == MF_POINT_HELD;
}

/** Whether a child's end is not all there is to see: its files were not its own. */
static bool is_partial(const struct inplace *inplace, const struct end *end) {
    struct campaign *campaign = inplace->campaign;
    bool partial = campaign->watch.count > 0 &&
                   judge_end(end, &campaign->oracle).outcome == OUTCOME_TOLERATED;
    campaign->unsuited[CAMPAIGN_WATCH] += partial;
    return partial;
}

/** Note what a child did. */
static void note(struct inplace *inplace, struct held *held, struct trial *trial,
                 const struct mf_child *told, const struct end *end) {
    struct child *child = &held->child;
    trial->in_place = true;
    trial->stack_id = told->stack_id;
    trial->seen = trial->point.number + told->seen;
    trial->failed = 1 + told->failed;
    inplace->campaign->in_place++;
    const struct campaign_sight sight = {
        .channel = &held->job.channel,
        .crash = child->crashed ? &child->crash : NULL,
        .known = child->known,
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

/** A child has ended: learn what it did. */
static void finish(struct inplace *inplace, struct held *held, int status) {
    struct mf_child told;
    // The target can change it under our eyes.
    memcpy(&told, &held->explore->child, sizeof(told));
    struct trial *trial = told.point < held->count ? held->trials[told.point] : NULL;
    inplace->forks += told.fork_ns > 0;
    inplace->fork_ns += told.fork_ns;
    if (trial && trial->state == TRIAL_OPEN && is_sound(inplace, held, &told, status)) {
        const struct end end = {
            .status = held->child.fatal ? held->child.fatal : status,
            .timed_out = held->child.timed_out,
            .streams = held->job.streams,
        };
        if (!is_partial(inplace, &end)) {
            note(inplace, held, trial, &told, &end);
            infer(inplace, held, told.point);
        }
    }
    rewind_streams(held);
    // Cloning takes its time, too: what counts is how long it goes on by itself.
    held->job.started_ns = clock_now();
    let_go(held);
    if (is_dear(inplace)) {
        for (unsigned i = 0; i < inplace->target_count; i++) {
            if (inplace->targets[i].explore) {
                atomic_store(&inplace->targets[i].explore->stop, 1);
            }
        }
    }
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

/** A new child has stopped to be traced. */
static void adopt(struct inplace *inplace, struct held *held, pid_t pid) {
    held->child =
        (struct child){.pid = pid, .since_ns = clock_now(), .known = SIGHTINGS_NONE};
    for (int k = 0; k < 2; k++) {
        held->child.from[k] = capture_size(&held->job.streams[k]);
    }
    atomic_store(&held->job.channel.head->journal_used, 0);
    if (tracee_adopt(&inplace->tracer, pid, held) == 0) {
        tracee_resume(pid, 0);
    } else {
        kill(pid, SIGKILL);
    }
}

/** Gather the facts of a child that stands still; `signal` 0 where it hangs. */
static void look_at(const struct inplace *inplace, struct held *held, int signal) {
    struct child *child = &held->child;
    child->crashed = crash_gather(&child->crash, child->pid, signal, &held->job.channel,
                                  &inplace->campaign->defects->modules) == 0;
}

/** A child is about to get a fatal signal; whether that is how it ends. */
static bool is_fatal(const struct inplace *inplace, struct held *held, int signal) {
    struct child *child = &held->child;
    struct campaign_look look = {
        .tid = child->pid,
        .signal = signal,
        .channel = &held->job.channel,
        .maps = &held->maps,
        .crash = &child->crash,
    };
    bool fatal = campaign_look(inplace->campaign, &look);
    child->crashed = look.crashed;
    child->known = look.known;
    child->glance = look.glance;
    return fatal;
}

/** A child is about to get a signal. */
static void on_signal(const struct inplace *inplace, struct held *held,
                      const struct tracee_event *event) {
    struct child *child = &held->child;
    if (child->timed_out && event->signal == SIGSTOP) {
        look_at(inplace, held, 0);
        kill(event->tid, SIGKILL);
    } else if (crash_is_fatal(event->signal) && !child->fatal &&
               is_fatal(inplace, held, event->signal)) {
        child->fatal = event->signal;
        kill(event->tid, SIGKILL);
    } else {
        tracee_resume(event->tid, event->signal);
    }
}

/** A child is stopped by the barrier. */
static void on_barrier(struct held *held, pid_t tid) {
    if (stand_in(tid, held->job.pid, held->child.barred)) {
        tracee_resume(tid, 0);
    } else {
        kill(tid, SIGKILL);
    }
}

/** Somebody has ended. */
static void on_end(struct inplace *inplace, struct held *held,
                   const struct tracee_event *event) {
    if (event->tid == held->job.pid && !held->ended) {
        held->ended = true;
        job_end(&held->job, event->status);
    } else if (event->tid == held->child.pid) {
        finish(inplace, held, event->status);
    }
}

/** Act on one event. */
static void act(struct inplace *inplace, const struct tracee_event *event) {
    struct held *held = event->owner ? event->owner : find_parent(inplace, event->tid);
    if (!held) {
        return;
    }
    switch (event->kind) {
    case TRACEE_SIGNAL:
        if (event->tid == held->child.pid) {
            on_signal(inplace, held, event);
        } else {
            adopt(inplace, held, event->tid);
        }
        break;
    case TRACEE_SECCOMP:
        on_barrier(held, event->tid);
        break;
    case TRACEE_ENDED:
        if (!held->child.pid && event->tid != held->job.pid) {
            // It could not begin; its point says so.
            let_go(held);
        } else {
            on_end(inplace, held, event);
        }
        break;
    default:
        break;
    }
}

/** Take whatever has happened. */
static void reap(struct inplace *inplace) {
    struct tracee_event event;
    do {
        signals_sift();
        event = tracee_next(&inplace->tracer, false);
        act(inplace, &event);
    } while (event.kind != TRACEE_NOTHING);
}

/** Kill the children whose time is over, or all of them. */
static void press_child(const struct inplace *inplace, struct held *held, bool all) {
    const struct job_plan *plan = &inplace->campaign->plan;
    struct child *child = &held->child;
    if (!child->pid) {
        return;
    }
    bool over =
        (plan->timeout_ns != CLOCK_NEVER &&
         clock_now() - child->since_ns >= plan->timeout_ns) ||
        (plan->spin_max && atomic_load(&held->explore->child.failed) > plan->spin_max);
    if (all || (child->timed_out && clock_now() >= child->stop_until_ns)) {
        kill(child->pid, SIGKILL);
    } else if (over && !child->timed_out) {
        child->timed_out = true;
        child->stop_until_ns = clock_now() + STOP_TIME;
        kill(child->pid, SIGSTOP);
    }
}

/** Kill what has run for too long; how long to wait at most. */
static uint64_t press(struct inplace *inplace, bool abandoned) {
    uint64_t wait = LOOK_PERIOD;
    for (unsigned i = 0; i < inplace->target_count; i++) {
        struct held *held = &inplace->targets[i];
        if (!held->started || held->ended) {
            continue;
        }
        press_child(inplace, held, abandoned);
        if (abandoned) {
            kill(-held->job.pid, SIGKILL);
            kill(held->job.pid, SIGKILL);
        } else if (!held->child.pid) {
            uint64_t left = job_time_left(&held->job, clock_now());
            if (left == 0) {
                job_time_out(&held->job);
            }
            wait = left > 0 && left < wait ? left : wait;
        }
    }
    return wait;
}

/** Whether a target runs, or a child. */
static bool is_busy(const struct inplace *inplace) {
    for (unsigned i = 0; i < inplace->target_count; i++) {
        const struct held *held = &inplace->targets[i];
        if (held->started && (!held->ended || held->child.pid)) {
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
    maps_destroy(&held->maps);
    if (!held->started) {
        return;
    }
    if (whole && !is_unharmed(inplace, held)) {
        discard(inplace, held);
    } else if (whole) {
        count_unsuited(inplace, held);
    }
    job_destroy(&held->job);
}

/** How many targets are held at once: while one waits for its child another can run. */
static unsigned count_targets(const struct campaign_options *options, size_t trials) {
    unsigned count = options->serial || options->jobs == 1 ? 1 : options->jobs * 3 / 2;
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

/** Run the trials of one turn; 0 on success, -1 when memory ran out. */
static int run_turn(struct campaign *campaign, int turn) {
    struct inplace inplace = {
        .campaign = campaign,
        .defects_before = campaign->progress.defects,
    };
    size_t count;
    struct trial **trials = gather(campaign, turn, &count);
    inplace.target_count = trials ? count_targets(campaign->options, count) : 0;
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
    tracee_destroy(&inplace.tracer);
    free(inplace.targets);
    free(trials);
    return result;
}

bool inplace_is_wanted(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
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
    if (!inplace_is_wanted(campaign)) {
        return 0;
    }
    for (int turn = 0; turn < TURNS; turn++) {
        if (!campaign->not_in_place && campaign_goes_on(campaign) &&
            run_turn(campaign, turn) != 0) {
            return -1;
        }
    }
    return 0;
}
