// SPDX-License-Identifier: MIT
// The library does the branching (preload/explore/branch.c); here its children are
// awaited. They are ours, not the target's: it never learns of them. A slot of the
// channel is theirs until all is read from it.
#include "runner/trials/inplace.h"

#include "runner/trials/barrier.h"
#include "runner/trials/inferred.h"
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

/** How often children are looked at for their time. */
#define TICK (20 * CLOCK_MILLISECOND)
/** How many forks tell what one costs. */
#define FORKS_MIN 16
/** Slots for each job. */
#define SLOTS_EACH 3
/** A run of the target meets its points in their order: what matters most has a turn of
 * its own. */
#define TURNS 2

/** What is ours of a branch's slot. */
struct branch {
    struct capture streams[2];
    /** When its child was seen first; 0 = not yet. */
    uint64_t since_ns;
    bool timed_out;
};

struct inplace {
    struct campaign *campaign;
    struct job job;
    struct mf_explore *explore;
    struct mf_point *points;
    /** One for each point. */
    struct trial **trials;
    size_t count;
    struct branch branches[MF_BRANCHES_MAX];
    unsigned branch_count;
    bool ended;
    /** What progress had shown. */
    size_t defects_before;
    uint64_t forks, fork_ns;
};

static int by_number(const void *a, const void *b) {
    const struct trial *one = *(struct trial *const *)a;
    const struct trial *other = *(struct trial *const *)b;
    return (one->point.number > other->point.number) -
           (one->point.number < other->point.number);
}

/** Whether a trial's turn has come: where time is short, one of each stack goes first. */
static bool is_due(const struct campaign *campaign, const struct trial *trial, int turn) {
    bool waits = campaign->until_ns != CLOCK_NEVER && trial->point.occurrence > 1;
    return waits == (turn > 0);
}

/** Gather the open trials of a mode; 0 on success, -1 when memory ran out. */
static int gather(struct inplace *inplace, enum trial_mode mode, int turn) {
    struct campaign *campaign = inplace->campaign;
    inplace->trials = calloc(campaign->trial_count + 1, sizeof(inplace->trials[0]));
    if (!inplace->trials) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_OPEN && trial->mode == mode &&
            is_due(campaign, trial, turn)) {
            inplace->trials[inplace->count++] = trial;
        }
    }
    qsort(inplace->trials, inplace->count, sizeof(inplace->trials[0]), by_number);
    return 0;
}

/** Write the points into the channel, and where the children's output goes. */
static int describe(struct inplace *inplace, enum trial_mode mode) {
    struct mf_explore *explore = &inplace->job.channel.head->explore;
    inplace->explore = explore;
    inplace->points =
        (struct mf_point *)(void *)((char *)inplace->job.channel.head + MF_CHANNEL_SIZE);
    for (size_t i = 0; i < inplace->count; i++) {
        inplace->points[i].number = inplace->trials[i]->point.number;
    }
    explore->mode = MF_EXPLORE_BRANCH;
    explore->persistent = mode == TRIAL_PERSISTENT;
    explore->points_offset = MF_CHANNEL_SIZE;
    explore->points_count = inplace->count;
    explore->branches = inplace->branch_count;
    for (unsigned i = 0; i < inplace->branch_count; i++) {
        for (int k = 0; k < 2; k++) {
            if (capture_open(&inplace->branches[i].streams[k]) != 0) {
                return -1;
            }
            explore->capture[i][k] = inplace->branches[i].streams[k].fd;
        }
    }
    for (int k = 0; k < 2; k++) {
        capture_identify(&inplace->job.streams[k], &explore->own_device[k],
                         &explore->own_inode[k]);
    }
    return barrier_put(inplace->campaign->barrier, explore);
}

/** Make ready and start the target; 0 on success, -1 with errno. */
static int start(struct inplace *inplace, enum trial_mode mode) {
    struct campaign *campaign = inplace->campaign;
    char policy[96];
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%s\",\"rules\":[]}",
             campaign->options->arm);
    if (job_init(&inplace->job, &campaign->plan, policy,
                 inplace->count * sizeof(struct mf_point)) != 0) {
        return -1;
    }
    if (describe(inplace, mode) == 0 && job_start(&inplace->job) == 0) {
        return 0;
    }
    int saved = errno;
    job_destroy(&inplace->job);
    errno = saved;
    return -1;
}

/** Give a slot back to the library. */
static void free_slot(struct inplace *inplace, unsigned at) {
    struct mf_explore *explore = inplace->explore;
    struct branch *branch = &inplace->branches[at];
    capture_clear(&branch->streams[0]);
    capture_clear(&branch->streams[1]);
    branch->since_ns = 0;
    branch->timed_out = false;
    atomic_store(&explore->slots[at].pid, 0);
    atomic_store(&explore->slots[at].state, MF_BRANCH_FREE);
    atomic_fetch_add(&explore->wake, 1);
    syscall(SYS_futex, &explore->wake, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/** Wait until the library has written all of a slot; it is about to. */
static void await_slot(const struct inplace *inplace, unsigned at) {
    const struct timespec moment = clock_span(CLOCK_MILLISECOND / 20);
    const struct mf_branch *slot = &inplace->explore->slots[at];
    for (int i = 0;
         i < 200 && atomic_load(&slot->state) == MF_BRANCH_STARTING && !inplace->ended;
         i++) {
        nanosleep(&moment, NULL);
    }
}

/** Whether branching costs more than a process of its own. */
static bool is_dear(const struct inplace *inplace) {
    return inplace->campaign->options->strategy == STRATEGY_AUTO &&
           inplace->forks >= FORKS_MIN &&
           2 * (inplace->fork_ns / inplace->forks) > inplace->campaign->oracle.elapsed_ns;
}

/** Whether a child's end says what a fresh process would have done. */
static bool is_sound(struct inplace *inplace, unsigned at, const struct mf_branch *told,
                     int status) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) {
        inplace->campaign->unsuited[CAMPAIGN_BARRIER]++;
        return false;
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
        !inplace->branches[at].timed_out) {
        inplace->campaign->unsuited[MF_POINT_REFUSED]++;
        return false;
    }
    if (!campaign_is_placed(inplace->campaign, inplace->trials[told->point],
                            told->stack_id)) {
        inplace->campaign->unsuited[CAMPAIGN_MOVED]++;
        return false;
    }
    return atomic_load(&inplace->points[told->point].state) == MF_POINT_BRANCHED;
}

/** Whether a child's end is not all there is to see: its files were copies. */
static bool is_partial(const struct inplace *inplace, const struct end *end) {
    struct campaign *campaign = inplace->campaign;
    bool partial = campaign->watch.count > 0 &&
                   judge_end(end, &campaign->oracle).outcome == OUTCOME_TOLERATED;
    campaign->unsuited[CAMPAIGN_WATCH] += partial;
    return partial;
}

/** Note what a child did. */
static void note(struct inplace *inplace, struct trial *trial,
                 const struct mf_branch *told, const struct end *end) {
    trial->in_place = true;
    trial->stack_id = told->stack_id;
    trial->seen = trial->point.number + told->seen;
    trial->failed = 1 + told->failed;
    inplace->campaign->in_place++;
    campaign_judge(inplace->campaign, trial, end);
}

/** A child has ended: learn what it did. */
static void finish(struct inplace *inplace, unsigned at, int status) {
    const struct branch *branch = &inplace->branches[at];
    struct mf_branch told;
    await_slot(inplace, at);
    // The target can change it under our eyes.
    memcpy(&told, &inplace->explore->slots[at], sizeof(told));
    struct trial *trial =
        told.point < inplace->count ? inplace->trials[told.point] : NULL;
    inplace->forks += told.fork_ns > 0;
    inplace->fork_ns += told.fork_ns;
    if (trial && trial->state == TRIAL_OPEN && is_sound(inplace, at, &told, status)) {
        const struct end end = {
            .status = status,
            .timed_out = branch->timed_out,
            .streams = branch->streams,
            .from = {told.written[0], told.written[1]},
        };
        if (!is_partial(inplace, &end)) {
            note(inplace, trial, &told, &end);
        }
    }
    free_slot(inplace, at);
    inplace->job.started_ns = clock_now();
    if (is_dear(inplace)) {
        atomic_store(&inplace->explore->stop, 1);
    }
}

/** Whether a child of ours has ended; it stays a zombie. */
static bool has_ended(pid_t pid) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 &&
           info.si_pid == pid;
}

/** The child in a slot; 0 where there is none, whatever the target has written there. */
static pid_t child_in(const struct inplace *inplace, unsigned at) {
    const struct mf_branch *slot = &inplace->explore->slots[at];
    pid_t pid = atomic_load(&slot->pid);
    bool is_child = atomic_load(&slot->state) != MF_BRANCH_FREE && pid > 0 &&
                    pid != inplace->job.pid && job_is_child(pid);
    return is_child ? pid : 0;
}

/**
 * Take all children that have ended. The target itself stays a zombie, for its process
 * group is to be killed when none of the children can be in it any more.
 */
static void reap(struct inplace *inplace) {
    inplace->ended = inplace->ended || has_ended(inplace->job.pid);
    for (unsigned i = 0; i < inplace->branch_count; i++) {
        pid_t pid = child_in(inplace, i);
        int status = 0;
        if (pid > 0 && has_ended(pid) && waitpid(pid, &status, __WALL) == pid) {
            finish(inplace, i, status);
        }
    }
}

/** How many children run. */
static unsigned busy(const struct inplace *inplace) {
    unsigned count = 0;
    for (unsigned i = 0; i < inplace->branch_count; i++) {
        count += child_in(inplace, i) > 0;
    }
    return count;
}

/** Kill the children whose time is over, or all of them. */
static void press(struct inplace *inplace, bool all) {
    const struct job_plan *plan = &inplace->campaign->plan;
    uint64_t now = clock_now();
    for (unsigned i = 0; i < inplace->branch_count; i++) {
        struct branch *branch = &inplace->branches[i];
        const struct mf_branch *slot = &inplace->explore->slots[i];
        pid_t pid = child_in(inplace, i);
        if (pid == 0) {
            branch->since_ns = 0;
            continue;
        }
        branch->since_ns = branch->since_ns ? branch->since_ns : now;
        bool over = (plan->timeout_ns != CLOCK_NEVER &&
                     now - branch->since_ns >= plan->timeout_ns) ||
                    (plan->spin_max && atomic_load(&slot->failed) > plan->spin_max);
        if (over || all) {
            branch->timed_out |= over;
            kill(pid, SIGKILL);
        }
    }
}

/** Have the target's time not run while it can but wait for a slot: else it would be over
 * before that of the children who have them. */
static void hold_clock(struct inplace *inplace) {
    if (busy(inplace) == inplace->branch_count) {
        inplace->job.started_ns = clock_now();
    }
}

/** Go on until the target and all its children have ended. */
static void attend(struct inplace *inplace) {
    struct campaign *campaign = inplace->campaign;
    bool abandoned = false;
    while (!inplace->ended || busy(inplace) > 0) {
        if (!abandoned && !campaign_goes_on(campaign)) {
            abandoned = true;
            atomic_store(&inplace->explore->stop, 1);
            if (!inplace->ended) {
                kill(-inplace->job.pid, SIGKILL);
            }
        }
        press(inplace, abandoned);
        hold_clock(inplace);
        uint64_t left = inplace->ended ? TICK : job_press(&inplace->job, clock_now());
        campaign_signal(campaign, signals_wait(left < TICK ? left : TICK));
        reap(inplace);
    }
}

/** Whether the target itself ended as if nothing had been tried. */
static bool is_unharmed(const struct inplace *inplace) {
    const struct end end = {
        .status = inplace->job.status,
        .timed_out = inplace->job.timed_out,
        .streams = inplace->job.streams,
    };
    const struct oracle *oracle = &inplace->campaign->oracle;
    return end.status == oracle->status &&
           judge_end(&end, oracle).outcome == OUTCOME_TOLERATED;
}

/** Take back what was learnt: the target did something else. */
static void discard(struct inplace *inplace) {
    struct campaign *campaign = inplace->campaign;
    for (size_t i = 0; i < inplace->count; i++) {
        struct trial *trial = inplace->trials[i];
        if (trial->in_place && trial->state == TRIAL_DONE) {
            trial->state = TRIAL_OPEN;
            trial->in_place = false;
            campaign->in_place--;
            campaign->done--;
            campaign->progress.done--;
        }
    }
    campaign->progress.defects = inplace->defects_before;
    diag_debug(campaign->diag, "in place the program ended with wait status %d%s",
               inplace->job.status, inplace->job.timed_out ? ", out of time" : "");
    campaign->not_in_place = "in place the program did not end as in a clean run";
}

/** Count why points are left over. */
static void count_unsuited(struct inplace *inplace) {
    for (size_t i = 0; i < inplace->count; i++) {
        uint32_t state = atomic_load(&inplace->points[i].state);
        if (inplace->trials[i]->state == TRIAL_OPEN && state != MF_POINT_BRANCHED &&
            state < CAMPAIGN_MOVED) {
            inplace->campaign->unsuited[state]++;
        }
    }
}

/** Run the trials of one mode and turn. */
static int run_mode(struct campaign *campaign, enum trial_mode mode, int turn) {
    struct inplace inplace = {
        .campaign = campaign,
        .defects_before = campaign->progress.defects,
    };
    unsigned jobs = campaign->options->jobs;
    // Two more for each that runs: one can begin while we read what another has left, and
    // the target need not wait until we come to it.
    inplace.branch_count =
        SLOTS_EACH * jobs < MF_BRANCHES_MAX ? SLOTS_EACH * jobs : MF_BRANCHES_MAX;
    for (unsigned i = 0; i < MF_BRANCHES_MAX; i++) {
        inplace.branches[i].streams[0].fd = -1;
        inplace.branches[i].streams[1].fd = -1;
    }
    int result = gather(&inplace, mode, turn);
    if (result == 0 && inplace.count > 0) {
        if (start(&inplace, mode) == 0) {
            attend(&inplace);
            job_finish(&inplace.job);
            bool whole = !campaign->stopped_by && !campaign->out_of_time;
            if (whole && !is_unharmed(&inplace)) {
                discard(&inplace);
            } else if (whole) {
                count_unsuited(&inplace);
            }
            job_destroy(&inplace.job);
        } else {
            campaign->not_in_place = "branching could not be set up";
            diag_debug(campaign->diag, "cannot branch: %s", strerror(errno));
        }
    }
    for (unsigned i = 0; i < MF_BRANCHES_MAX; i++) {
        capture_close(&inplace.branches[i].streams[0]);
        capture_close(&inplace.branches[i].streams[1]);
    }
    free(inplace.trials);
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
    static const enum trial_mode modes[] = {TRIAL_ONCE, TRIAL_PERSISTENT};
    if (!inplace_is_wanted(campaign)) {
        return 0;
    }
    size_t count = sizeof(modes) / sizeof(modes[0]);
    for (size_t i = 0; i < TURNS * count; i++) {
        if (modes[i % count] == TRIAL_PERSISTENT) {
            inferred_settle(campaign);
        }
        if (!campaign->not_in_place && campaign_goes_on(campaign) &&
            run_mode(campaign, modes[i % count], (int)(i / count)) != 0) {
            return -1;
        }
    }
    return 0;
}
