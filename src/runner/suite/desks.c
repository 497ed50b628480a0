// SPDX-License-Identifier: MIT
#include "runner/suite/desks.h"

#include "runner/code/modules.h"
#include "runner/inplace/barrier.h"
#include "runner/inplace/child.h"
#include "runner/points/stacks.h"
#include "runner/suite/deadline.h"
#include "runner/suite/waits.h"
#include "runner/target/procfile.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/** A process may be held for so many times its own time. */
#define HOLD_TIMES 2
/** A child may take so much time, and so many times what its parent has taken. */
#define CHILD_TIME  (2 * CLOCK_SECOND)
#define CHILD_TIMES 4
/** So many processes are held at the same time, for each job. */
#define DESKS_PER_JOB 4

/** How often it is looked whether the holders of desks still run: each look reads a file of
 * /proc for each of them, and a trial takes less than a millisecond. */
#define CLEAR_PERIOD (10 * CLOCK_MILLISECOND)

/** In the place of a desk's holder: it is free as soon as it is cleared. */
#define NOBODY (-1)

#define SUITE_BYTES                                                                      \
    (sizeof(struct mf_suite) + STACKS_ROOM * sizeof(struct mf_suite_stack))

/** What tells processes that have gone elsewhere from the runner. */
static void describe_runner(struct mf_suite *suite) {
    struct stat space;
    suite->user = geteuid();
    suite->user_space =
        stat("/proc/self/ns/user", &space) == 0 ? (uint64_t)space.st_ino : 0;
    suite->filtered = prctl(PR_GET_SECCOMP) > 0;
}

static void describe(struct desks *desks, const struct desks_terms *terms) {
    struct mf_explore *explore = &desks->channel.head->explore;
    char *base = (char *)desks->channel.head;
    explore->mode = MF_EXPLORE_SUITE;
    stacks_ask(explore, MF_CHANNEL_SIZE);
    explore->suite_offset = MF_CHANNEL_SIZE + STACKS_BYTES;
    desks->table = (const struct mf_stack *)(const void *)(base + explore->stacks_offset);
    desks->frames =
        (const struct mf_frame *)(const void *)(base + explore->frames_offset);
    desks->suite = (struct mf_suite *)(void *)(base + explore->suite_offset);
    desks->stacks = (struct mf_suite_stack *)(desks->suite + 1);
    desks->suite->hold_ns = terms->hold_ns;
    desks->suite->hold_times = HOLD_TIMES;
    desks->suite->within = terms->within;
    desks->suite->begun_ns = clock_now();
    describe_runner(desks->suite);
    desks->suite->shard = desks->inplace.campaign->options->choice.shard;
    desks->suite->shards = desks->inplace.campaign->options->choice.shards;
    const struct points_choice *choice = &desks->inplace.campaign->options->choice;
    desks->suite->spares_modules =
        choice->only_function.count + choice->skip_function.count == 0;
    desks->suite->glob_count = (uint32_t)terms->glob_count;
    for (size_t i = 0; i < terms->glob_count; i++) {
        snprintf(desks->suite->globs[i], MF_SUITE_GLOB_MAX, "%s", terms->globs[i]);
    }
}

/** Make a desk; 0 on success, -1 with errno. */
static int open_desk(struct desks *desks, struct held *held, const char *policy) {
    struct campaign *campaign = desks->inplace.campaign;
    size_t points = MF_SUITE_POINTS * sizeof(struct mf_point);
    held->trials = calloc(MF_SUITE_POINTS, sizeof(held->trials[0]));
    if (!held->trials || job_init(&held->job, &campaign->plan, policy, points) != 0) {
        free(held->trials);
        held->trials = NULL;
        return -1;
    }
    struct mf_explore *explore = &held->job.channel.head->explore;
    held->explore = explore;
    held->points =
        (struct mf_point *)(void *)((char *)held->job.channel.head + MF_CHANNEL_SIZE);
    held->count = MF_SUITE_POINTS;
    held->started = true;
    explore->mode = MF_EXPLORE_HOLD;
    explore->points_offset = MF_CHANNEL_SIZE;
    explore->points_count = MF_SUITE_POINTS;
    explore->trial = 1;
    explore->horizon = UINT64_MAX;
    struct mf_suite_desk *desk = &desks->suite->desks[held - desks->inplace.targets];
    desk->channel = held->job.channel.fd;
    desk->streams[0] = held->job.streams[0].fd;
    desk->streams[1] = held->job.streams[1].fd;
    return barrier_put(campaign->barrier, BARRIER_OUTPUT_CAPTURED, explore);
}

/** Make all of them; 0 on success, -1 with errno. */
static int open_all(struct desks *desks, const char *policy) {
    struct inplace *inplace = &desks->inplace;
    unsigned count = DESKS_PER_JOB * inplace->campaign->options->jobs;
    count = count < MF_SUITE_DESKS_MAX ? count : MF_SUITE_DESKS_MAX;
    inplace->targets = calloc(count, sizeof(inplace->targets[0]));
    desks->trials = calloc(STACKS_ROOM, sizeof(desks->trials[0]));
    desks->spared = spared_new();
    inplace->campaign->trials =
        calloc(MF_SUITE_POINTS * STACKS_ROOM, sizeof(struct trial));
    int bad = !inplace->targets || !desks->trials || !desks->spared ||
              !inplace->campaign->trials;
    for (unsigned i = 0; i < count && !bad; i++) {
        inplace->target_count++;
        bad = open_desk(desks, &inplace->targets[i], policy);
    }
    desks->suite->desk_count = inplace->target_count;
    return bad ? -1 : 0;
}

static struct mf_suite_desk *desk_of(const struct desks *desks, const struct held *held) {
    return &desks->suite->desks[held - desks->inplace.targets];
}

int desks_open(struct desks *desks, struct campaign *campaign,
               const struct desks_terms *terms) {
    char policy[96];
    *desks = (struct desks){
        .inplace.campaign = campaign,
        .look_time = {waits_until, desks},
    };
    desks->inplace.look_time = &desks->look_time;
    desks->inplace.controls = &desks->controls;
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%s\",\"rules\":[]}",
             campaign->options->arm);
    if (channel_create_larger(&desks->channel, policy, strlen(policy),
                              STACKS_BYTES + SUITE_BYTES) != 0) {
        return -1;
    }
    desks->channel.head->options = MF_OPTION_ALONE;
    desks->channel.head->allocator = campaign->plan.allocator;
    desks->channel.head->patches = *campaign->plan.patches;
    describe(desks, terms);
    if (open_all(desks, policy) == 0) {
        return 0;
    }
    int saved = errno;
    desks_close(desks);
    errno = saved;
    return -1;
}

uint64_t desks_stack_id(const struct desks *desks, uint64_t stack) {
    uint64_t id = atomic_load(&desks->stacks[stack].id);
    return id ? id : atomic_load(&desks->table[stack].id);
}

struct trial *desks_trial_of(struct desks *desks, uint64_t stack) {
    struct campaign *campaign = desks->inplace.campaign;
    if (stack >= STACKS_ROOM) {
        return NULL;
    }
    if (desks->trials[stack] == 0) {
        uint64_t id = desks_stack_id(desks, stack);
        desks->trials[stack] = (uint32_t)campaign->trial_count + 1;
        for (int i = 0; i < MF_SUITE_POINTS; i++) {
            campaign->trials[campaign->trial_count++] = (struct trial){
                .mode = i == 0 ? TRIAL_ONCE : TRIAL_PERSISTENT,
                .point.stack_id = id,
                .point.function = (enum mf_function)desks->table[stack].function,
                .stack_id = id,
            };
        }
    }
    return &campaign->trials[desks->trials[stack] - 1];
}

/** A desk has another holder: what was known of the one before is of no use. */
static void turn_to(struct held *held, pid_t holder) {
    static const uint64_t nowhere[BARRIER_PLACES] = {0};
    if (held->job.pid != holder) {
        view_destroy(&held->view);
        held->view = (struct view){0};
        held->places = (struct stand_in_places){
            .reads_proc = true,
            .captures = held->job.streams,
        };
        barrier_open(held->explore, nowhere);
        held->job.pid = holder;
    }
}

/** How long a child may take: its parent's age tells how long such programs run. */
static uint64_t limit_of(const struct desks *desks, const struct held *held) {
    uint64_t limit = desks->inplace.campaign->plan.timeout_ns;
    uint64_t age = CHILD_TIMES * held->explore->child.age_ns;
    if (limit != CLOCK_NEVER) {
        return limit;
    }
    return age > CHILD_TIME ? age : CHILD_TIME;
}

/** Give a process the word that it waits for. */
static void answer(_Atomic uint32_t *word, uint32_t value) {
    atomic_store(word, value);
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/** One more than the number of the holder's command. It stays the same for as long as the
 * process says that it does, which reads it again after each exec. */
static uint32_t identify(struct desks *desks, const struct held *held, pid_t holder) {
    struct mf_suite_desk *desk = desk_of(desks, held);
    struct desks_holder *known = &desks->holders[held - desks->inplace.targets];
    uint32_t told = atomic_load(&desk->command);
    if (known->pid != holder || known->told != told || told == 0 || known->number == 0) {
        known->pid = holder;
        known->told = told;
        known->number =
            reach_learn(&desks->reach, desks->suite, &desks->commands, told, holder);
    }
    atomic_store(&desk->number, known->number);
    return known->number;
}

/** Learn what the holder is, where it waits for that. */
static void learn(struct desks *desks, const struct held *held) {
    struct mf_suite_desk *desk = desk_of(desks, held);
    if (atomic_load(&desk->asks)) {
        identify(desks, held, atomic_load(&desk->holder));
        answer(&desk->asks, 0);
    }
}

/** Have a process go on whose child is not to run: `state` says why. */
static void refuse(struct held *held, enum mf_point_state state) {
    struct mf_child *told = &held->explore->child;
    if (told->returned == 0) {
        // Else it is known what its trial did.
        atomic_store(&held->points[told->point % MF_SUITE_POINTS].state, state);
    }
    atomic_store(&told->refused, 1);
    answer(&told->traced, 1);
    held_let_go(held);
}

/** How long the holder of a desk may be held for this child, 0 = no more; and what for that is
 * no longer. */
static uint64_t time_left(struct desks *desks, struct held *held, pid_t holder,
                          enum mf_point_state *hurry) {
    struct mf_child *told = &held->explore->child;
    uint64_t now = clock_now();
    if (held->job.pid != holder) {
        atomic_store(&told->until_ns, deadline_of(holder, &desks->commands.harnesses));
    }
    uint64_t until = atomic_load(&told->until_ns);
    uint64_t left = until > now ? until - now : 0;
    *hurry = left < told->hold_ns ? MF_POINT_LIMITED : MF_POINT_HURRIED;
    return left < told->hold_ns ? left : told->hold_ns;
}

bool desks_is_spared(const struct desks *desks, uint64_t at) {
    uint64_t first = at < STACKS_ROOM ? desks->table[at].first : 0;
    uint64_t count = at < STACKS_ROOM ? desks->table[at].count : 0;
    return count > 0 && first + count <= STACKS_FRAMES &&
           spared_find(desks->spared, desks->channel.head, at, &desks->frames[first],
                       count, &desks->inplace.campaign->options->choice);
}

/** The trial of a child that shows up has been judged already: it is run again. */
static void reopen(struct desks *desks, struct held *held) {
    struct campaign *campaign = desks->inplace.campaign;
    uint64_t point = held->explore->child.point % MF_SUITE_POINTS;
    for (uint64_t i = point; i < MF_SUITE_POINTS; i++) {
        struct trial *trial = held->trials[i];
        if (trial->state == TRIAL_DONE && (i == point || trial->inferred)) {
            uint32_t skipped = MF_POINT_SKIPPED;
            campaign_reopen(campaign, trial);
            atomic_compare_exchange_strong(&held->points[i].state, &skipped,
                                           MF_POINT_WAITING);
        }
    }
}

/** Trace a child that waits for it. */
static void meet(struct desks *desks, struct held *held, pid_t pid) {
    struct mf_suite_desk *desk = desk_of(desks, held);
    struct mf_child *told = &held->explore->child;
    pid_t holder = atomic_load(&desk->holder);
    if (desks_is_spared(desks, atomic_load(&desk->stack))) {
        atomic_store(&held->points[(told->point + 1) % MF_SUITE_POINTS].state,
                     MF_POINT_SKIPPED);
        refuse(held, MF_POINT_SKIPPED);
        return;
    }
    struct trial *trial = desks_trial_of(desks, atomic_load(&desk->stack));
    enum mf_point_state hurry;
    uint64_t left = time_left(desks, held, holder, &hurry);
    if (left == 0) {
        refuse(held, hurry);
        return;
    }
    if (!trial || procfile_parent(pid) != holder ||
        tracee_seize(&desks->inplace.tracer, pid, held) != 0) {
        // It cannot go on, or is somebody else.
        refuse(held, MF_POINT_REFUSED);
        return;
    }
    turn_to(held, holder);
    modules_copy_all(desks->channel.head, held->job.channel.head);
    for (int i = 0; i < MF_SUITE_POINTS; i++) {
        held->trials[i] = trial + i;
        trial[i].point.number = held->points[i].number;
    }
    size_t index = (size_t)(trial - desks->inplace.campaign->trials);
    uint32_t command = identify(desks, held, holder);
    commands_note(&desks->commands, index, command);
    capture_rewind(&held->job.streams[0], 0);
    capture_rewind(&held->job.streams[1], 0);
    child_meet(held, pid, limit_of(desks, held));
    // It may be cut off by the clock, early: then that counts which it could use.
    timelimit_account(&held->child.time, pid);
    hangs_begin(&desks->hangs, (size_t)(held - desks->inplace.targets));
    uint64_t whole = left - deadline_look(left);
    held->child.wall_ns = control_share(&desks->inplace, whole, HANGS_TIME_MIN);
    held->child.until_ns = clock_now() + left - (whole - held->child.wall_ns);
    held->child.held_until_ns = clock_now() + left;
    held->child.least_ns =
        held->child.limit_ns < HANGS_TIME_MIN ? held->child.limit_ns : HANGS_TIME_MIN;
    held->child.horizon_ns = waits_horizon(desks->suite);
    held->child.hurry = (uint8_t)hurry;
    if (told->returned == MF_FURTHER_CONTROL) {
        control_meet(held, left);
    } else if (told->returned == MF_FURTHER_AGAIN) {
        reopen(desks, held);
    }
    answer(&told->traced, 1);
}

/** Free a desk whose holder is gone, and put its stack back for others. */
static void clear(struct desks *desks, struct held *held) {
    struct mf_suite_desk *desk = desk_of(desks, held);
    pid_t holder = atomic_load(&desk->holder);
    uint64_t stack = atomic_load(&desk->stack);
    uint32_t claimed = MF_SUITE_CLAIMED;
    if (holder == 0 || held->child.pid || procfile_runs(holder)) {
        return;
    }
    // It may have left the desk before it ended, and another process be there by now.
    if (!atomic_compare_exchange_strong(&desk->holder, &holder, NOBODY)) {
        return;
    }
    if (stack < STACKS_ROOM && atomic_compare_exchange_strong(&desks->stacks[stack].state,
                                                              &claimed, MF_SUITE_NEW)) {
        atomic_store(&desks->stacks[stack].reason, MF_POINT_KILLED);
    }
    desks->ended_held++;
    held_let_go(held);
    atomic_store(&desk->holder, 0);
}

void desks_attend(struct desks *desks) {
    uint64_t now = clock_now();
    bool due = now - desks->cleared_ns >= CLEAR_PERIOD;
    desks->cleared_ns = due ? now : desks->cleared_ns;
    hangs_watch(&desks->hangs, desks->suite, &desks->channel);
    reach_attend(&desks->reach, desks->suite, &desks->commands);
    for (unsigned i = 0; i < desks->inplace.target_count; i++) {
        struct held *held = &desks->inplace.targets[i];
        const struct mf_child *told = &held->explore->child;
        pid_t pid = atomic_load(&told->pid);
        desks->waits[i] = 0;
        if (!held->child.pid && atomic_load(&told->busy) && pid > 0 &&
            !atomic_load(&told->traced)) {
            meet(desks, held, pid);
        }
        if (held->child.pid) {
            child_press(&desks->inplace, held, false);
        }
        if (held->child.pid) {
            hangs_press(&desks->hangs, held, i);
        }
        learn(desks, held);
        if (due) {
            clear(desks, held);
        }
    }
}

/** Act on what a child has come to. Where that says nothing of its trial, note why: the next
 * try may say more. */
static void see_to(struct desks *desks, struct held *held,
                   const struct tracee_event *event) {
    struct campaign *campaign = desks->inplace.campaign;
    uint64_t point = held->explore->child.point;
    struct trial *trial = held->trials[point % MF_SUITE_POINTS];
    bool done = trial->state == TRIAL_DONE;
    const struct hang end = hangs_expect(held);
    held->left = 0;
    if (event->kind == TRACEE_SIGNAL) {
        child_stops(&desks->inplace, held, event);
    } else {
        held_finish(&desks->inplace, held, event->status);
    }
    if (held->left) {
        trial->reason = held->left == CAMPAIGN_BARRIER
                            ? (uint8_t)(CAMPAIGN_REASONS + held->left_call)
                            : (uint8_t)held->left;
    }
    if (!done && trial->state == TRIAL_DONE) {
        hangs_note(&desks->hangs, campaign, trial, &end);
    }
}

/** The desk of a child, where the tracer had no memory to remember whose it is. */
static struct held *find_known(struct desks *desks, pid_t pid) {
    for (unsigned i = 0; i < desks->inplace.target_count; i++) {
        if (desks->inplace.targets[i].child.pid == pid) {
            return &desks->inplace.targets[i];
        }
    }
    return NULL;
}

/** A child stands still by our wish: look where, and let it go on. */
static void look_at(struct desks *desks, struct held *held) {
    size_t desk = (size_t)(held - desks->inplace.targets);
    if (hangs_recognise(&desks->hangs, desks->inplace.campaign, held, desk)) {
        return;
    }
    if (held->child.enclosed.stepping) {
        ptrace(PTRACE_SINGLESTEP, held->child.pid, NULL, 0);
    } else {
        tracee_resume(held->child.pid, 0);
    }
}

void desks_act(struct desks *desks, const struct tracee_event *event) {
    struct held *held = event->owner ? event->owner : find_known(desks, event->tid);
    bool ours = held && event->tid == held->child.pid;
    if (ours && (event->kind == TRACEE_SIGNAL || event->kind == TRACEE_ENDED)) {
        see_to(desks, held, event);
    } else if (ours && event->kind == TRACEE_INTERRUPTED) {
        look_at(desks, held);
    } else if (event->kind == TRACEE_SIGNAL || event->kind == TRACEE_INTERRUPTED) {
        tracee_resume(event->tid, event->kind == TRACEE_SIGNAL ? event->signal : 0);
    }
}

void desks_dismiss(struct desks *desks) {
    desks->suite->desk_count = 0;
    for (unsigned i = 0; i < desks->inplace.target_count; i++) {
        struct held *held = &desks->inplace.targets[i];
        const struct mf_suite_desk *desk = desk_of(desks, held);
        uint64_t stack = atomic_load(&desk->stack);
        pid_t holder = atomic_load(&desk->holder);
        if (holder > 0 && !procfile_runs(holder) && stack < STACKS_ROOM) {
            desks->ended_held += !desks->inplace.campaign->stopped_by;
            atomic_store(&desks->stacks[stack].reason, MF_POINT_KILLED);
        }
        atomic_store(&held->explore->stop, 1);
        if (held->child.pid) {
            kill(held->child.pid, SIGKILL);
        }
        answer(&held->explore->child.traced, 1);
        answer(&desk_of(desks, held)->asks, 0);
        held_let_go(held);
    }
}

const struct trial *desks_trial(const struct desks *desks, uint64_t stack) {
    uint32_t at = desks->trials[stack];
    return at ? &desks->inplace.campaign->trials[at - 1] : NULL;
}

void desks_close(struct desks *desks) {
    struct inplace *inplace = &desks->inplace;
    for (unsigned i = 0; i < inplace->target_count; i++) {
        struct held *held = &inplace->targets[i];
        crash_destroy(&held->child.crash);
        view_destroy(&held->view);
        if (held->trials) {
            job_destroy(&held->job);
        }
        free(held->trials);
    }
    tracee_destroy(&inplace->tracer);
    free(inplace->targets);
    free(desks->trials);
    hangs_destroy(&desks->hangs);
    controls_destroy(&desks->controls);
    commands_destroy(&desks->commands);
    reach_destroy(&desks->reach);
    spared_free(desks->spared);
    channel_destroy(&desks->channel);
}
