// SPDX-License-Identifier: MIT
#include "runner/trials/fresh.h"

#include "core/channel/journal.h"
#include "runner/crash/crash.h"
#include "runner/run/filelimit.h"
#include "runner/target/procfile.h"
#include "runner/trials/horizon.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** How long the threads of a hanging target are given to stop. */
#define STOP_TIME   (2 * CLOCK_SECOND)
#define STOP_PERIOD (50 * CLOCK_MILLISECOND)

/** A trial whose failure comes after so many times the clean run's time was kept waiting. */
#define KEPT_TIMES 4

/** How often it is looked whether the failure has come. */
#define ARRIVAL_PERIOD (5 * CLOCK_MILLISECOND)

/** A job at work, or a place for one. */
struct slot {
    struct job job;
    struct trial *trial;
    /** Whether the failure was placed by its number. */
    bool by_number;
    /** The first fatal stop, or where it hangs. */
    struct crash crash;
    bool crashed;
    int fatal;
    /** Whether that is SIGXFSZ of the program itself. */
    bool own_size;
    /** When the failure was seen to have come, 0 = not yet; whether the horizon has been
     * reached since. */
    uint64_t arrived_ns;
    bool cut;
    uint32_t known;
    uint64_t glance;
    bool recognised;
    struct campaign_patience patience;
    /** The process whose threads are to stop, for the time is over; until when, and how
     * many have not. */
    pid_t hanging;
    uint64_t stop_until_ns;
    size_t running;
};

struct pool {
    struct campaign *campaign;
    struct tracer tracer;
    struct slot slots[CAMPAIGN_JOBS_MAX];
    unsigned count;
    unsigned busy;
    /** The next trial to look at. */
    size_t next;
    bool failed;
};

/** The next open trial that is due; NULL = none. */
static struct trial *next_trial(struct pool *pool) {
    struct campaign *campaign = pool->campaign;
    while (pool->next < campaign->due) {
        struct trial *trial = &campaign->trials[pool->next++];
        if (trial->state == TRIAL_OPEN) {
            return trial;
        }
    }
    return NULL;
}

/** Start a trial in a slot; 0 on success. */
static int start(struct pool *pool, struct slot *slot, struct trial *trial) {
    struct campaign *campaign = pool->campaign;
    const struct trial_terms terms = campaign_terms(campaign);
    char policy[TRIAL_POLICY_MAX];
    if (campaign->horizon.time_ns != CLOCK_NEVER) {
        horizon_choose(campaign);
    }
    if (campaign->alone && campaign->tree) {
        tree_kill_strays(campaign->tree);
    }
    trial_policy(trial, &terms, policy);
    if (job_init(&slot->job, &campaign->plan, policy, 0) == 0) {
        slot->job.channel.head->explore.trial =
            campaign->plan.traced && !campaign->untraced;
        if (job_start(&slot->job, &pool->tracer, campaign->plan.traced, slot) == 0) {
            campaign_note_tracing(campaign, pool->tracer.on);
            slot->trial = trial;
            slot->known = SIGHTINGS_NONE;
            slot->by_number = !terms.by_stack;
            trial->state = TRIAL_RUNNING;
            pool->busy++;
            return 0;
        }
        int saved = errno;
        job_destroy(&slot->job);
        errno = saved;
    }
    trial->state = TRIAL_FAILED;
    return -1;
}

/** Put trials into all free slots. */
static void fill(struct pool *pool) {
    for (unsigned i = 0; i < pool->count && !pool->failed; i++) {
        struct slot *slot = &pool->slots[i];
        struct trial *trial = slot->trial ? NULL : next_trial(pool);
        if (!trial || start(pool, slot, trial) == 0) {
            continue;
        }
        progress_clear(&pool->campaign->progress);
        diag_error(pool->campaign->diag, "cannot start a run: %s",
                   errno == ECANCELED ? JOB_PREPARE_FAILED : strerror(errno));
        pool->failed = true;
    }
}

/** How many allocations have failed in all processes of a job. */
static uint64_t count_failures(const struct channel *channel) {
    uint64_t count = 0;
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        count += atomic_load(&channel_process(channel, i)->injections);
    }
    return count;
}

/** What the journal says of the failure itself. */
static void read_failure(struct trial *trial, const struct channel *channel) {
    struct mf_injection entry;
    uint64_t cursor = 0;
    unsigned process = 0;
    trial->failed = count_failures(channel);
    if (mf_journal_next(channel->head, &cursor, &entry)) {
        trial->stack_id = entry.stack_id;
        trial->failed += trial->failed == 0;
        process = entry.process;
    }
    if (process < channel_processes(channel)) {
        trial->seen = mf_process_seen(channel_process(channel, process));
    }
}

/** Whether a trial is to be run again: its number was not its stack's in this run. */
static bool is_misplaced(struct pool *pool, const struct slot *slot) {
    const struct trial *trial = slot->trial;
    bool known = trial->failed == 0 || trial->stack_id != 0;
    return slot->by_number && known && !slot->job.timed_out &&
           !campaign_is_placed(pool->campaign, trial,
                               trial->failed > 0 ? trial->stack_id : 0);
}

/** Put a trial back among those that are open. */
static void put_back(struct pool *pool, struct trial *trial) {
    size_t at = (size_t)(trial - pool->campaign->trials);
    trial->state = TRIAL_OPEN;
    trial->stack_id = trial->point.stack_id;
    trial->failed = 0;
    pool->next = at < pool->next ? at : pool->next;
}

/** Whether a trial that runs beside others was kept waiting: most of its time was over when
 * its failure came. */
static bool was_kept(const struct pool *pool, const struct slot *slot) {
    const struct campaign *campaign = pool->campaign;
    struct mf_injection first;
    uint64_t cursor = 0;
    return pool->count > 1 && slot->job.timed_out && !slot->fatal && !slot->cut &&
           mf_journal_next(slot->job.channel.head, &cursor, &first) &&
           first.time_ns > campaign->plan.timeout_ns / 2 &&
           first.time_ns > KEPT_TIMES * campaign->oracle.elapsed_ns;
}

/** Whether no process of other runs was alive beside a trial that has ended. */
static bool was_alone(const struct pool *pool) {
    const struct campaign *campaign = pool->campaign;
    return campaign->alone ||
           (pool->count == 1 && (!campaign->tree || tree_count(campaign->tree) == 0));
}

/** A job has ended: learn what it did. */
static void finish(struct pool *pool, struct slot *slot, int status) {
    struct job *job = &slot->job;
    job_end(job, status);
    read_failure(slot->trial, &job->channel);
    const struct end end = {
        .status = slot->fatal ? slot->fatal : status,
        .timed_out = job->timed_out && !slot->fatal,
        .own_size = slot->own_size,
        .cut = slot->cut && !slot->fatal,
        .streams = job->streams,
        .files = &job->files,
        .directory = job->directory,
        .leaks = &job->leaks,
    };
    if (is_misplaced(pool, slot)) {
        put_back(pool, slot->trial);
    } else if (slot->trial->failed == 0 || was_kept(pool, slot)) {
        campaign_miss(pool->campaign, slot->trial, &end, was_alone(pool));
    } else {
        const struct campaign_sight sight = {
            .channel = &job->channel,
            .crash = slot->crashed ? &slot->crash : NULL,
            .known = slot->known,
            .recognised = slot->recognised,
            .patience = slot->patience,
        };
        campaign_judge(pool->campaign, slot->trial, &end, &sight);
        if (slot->crashed && slot->trial->sighting) {
            glimpses_add(&pool->campaign->glimpses, slot->glance,
                         slot->trial->sighting - 1);
        }
    }
    crash_destroy(&slot->crash);
    job_destroy(job);
    *slot = (struct slot){0};
    pool->busy--;
}

/** Whether a fatal signal is how a trial ends. */
static bool is_fatal(const struct pool *pool, struct slot *slot, pid_t tid, int signal) {
    struct view view = {0};
    struct campaign_look look = {
        .tid = tid,
        .signal = signal,
        .channel = &slot->job.channel,
        .view = &view,
        .trial = slot->trial,
        .failed = count_failures(&slot->job.channel),
        .crash = &slot->crash,
    };
    bool fatal = campaign_look(pool->campaign, &look);
    view_destroy(&view);
    slot->crashed = look.crashed;
    slot->known = look.known;
    slot->glance = look.glance;
    return fatal;
}

/** End a job: the signal that one of its threads is about to get is how it ends. */
static void end_by(struct slot *slot, const struct tracee_event *event) {
    slot->fatal = event->signal;
    kill(-slot->job.pid, SIGKILL);
    kill(slot->job.pid, SIGKILL);
    kill(event->tid, SIGKILL);
}

/** See where a thread of a job stands that has no end. */
static void look_at_hang(const struct pool *pool, struct slot *slot, pid_t tid) {
    uint64_t before = clock_now();
    slot->crashed = crash_gather(&slot->crash, tid, 0, &slot->job.channel,
                                 &pool->campaign->defects->modules, NULL) == 0;
    timelimit_exclude(clock_now() - before);
}

/** A thread is about to get a signal: the first fatal one is how the trial ends. */
static void on_signal(const struct pool *pool, struct slot *slot,
                      const struct tracee_event *event) {
    bool open = !slot->fatal && !slot->job.timed_out;
    if (open && event->signal == SIGXFSZ &&
        campaign_is_flood(pool->campaign, slot->job.streams)) {
        look_at_hang(pool, slot, event->tid);
        end_by(slot, event);
        return;
    }
    bool own = crash_is_own(&pool->tracer, event->tid, event->signal);
    if (open && (own || event->signal == SIGXFSZ) &&
        count_failures(&slot->job.channel) > 0 &&
        filelimit_is_own(slot->job.streams, event->tid, event->signal,
                         pool->campaign->oracle.file_max)) {
        slot->cut = true;
        slot->trial->limited = true;
        pool->campaign->limited++;
        job_time_out(&slot->job);
        return;
    }
    if (open && count_failures(&slot->job.channel) > 0 &&
        crash_is_deadline(event->tid, event->signal)) {
        look_at_hang(pool, slot, event->tid);
        job_time_out(&slot->job);
        return;
    }
    uint64_t most = pool->campaign->oracle.file_max;
    bool sized = open && count_failures(&slot->job.channel) > 0 &&
                 filelimit_breaks(event->tid, event->signal, most);
    if (!(own || sized) || slot->fatal ||
        !is_fatal(pool, slot, event->tid, event->signal)) {
        tracee_resume(event->tid, event->signal);
        return;
    }
    slot->own_size = sized;
    end_by(slot, event);
}

/** The process that hangs: the last one that saw a failure, or the first. */
static pid_t suspect(const struct slot *slot) {
    struct mf_injection injection;
    pid_t pid = slot->job.pid;
    uint64_t cursor = 0;
    while (mf_journal_next(slot->job.channel.head, &cursor, &injection)) {
        pid = injection.pid;
    }
    return procfile_runs(pid) ? pid : slot->job.pid;
}

/** The time of a job is over: have it stop, to see where it stands. */
static void begin_to_stop(struct pool *pool, struct slot *slot) {
    pid_t tids[CRASH_THREADS_MAX];
    slot->job.timed_out = true;
    if (pool->tracer.on) {
        slot->hanging = suspect(slot);
        pool->tracer.looks = true;
        size_t count = procfile_threads(slot->hanging, tids, CRASH_THREADS_MAX);
        for (size_t i = 0; i < count; i++) {
            slot->running += tracee_interrupt(tids[i]) == 0;
        }
        slot->stop_until_ns = clock_now() + STOP_TIME;
    }
    if (slot->running == 0) {
        job_time_out(&slot->job);
    }
}

/** A thread has stopped as it was told to, or because it is new. */
static void on_stop(const struct pool *pool, struct slot *slot, pid_t tid) {
    if (!slot->hanging || procfile_process_of(tid) != slot->hanging) {
        tracee_resume(tid, 0);
    } else if (slot->running > 0 && --slot->running == 0) {
        look_at_hang(pool, slot, slot->hanging);
        job_time_out(&slot->job);
    }
}

/** The slot of a process, where the tracer had no memory to remember whose it is. */
static struct slot *find_slot(struct pool *pool, pid_t pid) {
    for (unsigned i = 0; i < pool->count; i++) {
        if (pool->slots[i].trial && pool->slots[i].job.pid == pid) {
            return &pool->slots[i];
        }
    }
    return NULL;
}

/** Take whatever has happened; orphans too, which are of no interest. */
static void reap(struct pool *pool) {
    struct tracee_event event;
    do {
        event = tracee_next(&pool->tracer, false);
        struct slot *slot = event.owner ? event.owner : find_slot(pool, event.tid);
        if (slot && !slot->trial) {
            // Of a job that has ended already.
            slot = NULL;
        }
        if (event.kind == TRACEE_SIGNAL && slot) {
            on_signal(pool, slot, &event);
        } else if (event.kind == TRACEE_SIGNAL) {
            tracee_resume(event.tid, event.signal);
        } else if (slot && (event.kind == TRACEE_INTERRUPTED ||
                            (event.kind == TRACEE_STOPPED && slot->running > 0))) {
            // One that has stopped itself stops once more.
            on_stop(pool, slot, event.tid);
        } else if (event.kind == TRACEE_STOPPED) {
            // Else neither SIGCONT nor we could wake it.
            tracee_listen(event.tid);
        } else if (event.kind == TRACEE_INTERRUPTED) {
            tracee_resume(event.tid, 0);
        } else if (event.kind == TRACEE_ENDED && slot && event.tid == slot->job.pid) {
            finish(pool, slot, event.status);
        }
    } while (event.kind != TRACEE_NOTHING);
}

/** The time that a trial has to its horizon, which counts from the failure on. */
static uint64_t until_horizon(const struct pool *pool, struct slot *slot, uint64_t now) {
    uint64_t time = pool->campaign->horizon.time_ns;
    const struct mf_head *head = slot->trial ? slot->job.channel.head : NULL;
    if (!head || time == CLOCK_NEVER) {
        return CLOCK_NEVER;
    }
    if (!slot->arrived_ns && atomic_load(&head->journal_used) > 0) {
        slot->arrived_ns = now;
    }
    uint64_t end = slot->arrived_ns + time;
    return !slot->arrived_ns ? ARRIVAL_PERIOD : end > now ? end - now : 0;
}

/** End a job that does only what another one did until its time was over. */
static void recognise(const struct pool *pool, struct slot *slot, uint64_t now) {
    struct campaign *campaign = pool->campaign;
    const struct job *job = &slot->job;
    uint32_t known =
        campaign_recognise(campaign, &slot->patience, &job->channel,
                           count_failures(&job->channel), now - job->time.since_ns);
    if (known != SIGHTINGS_NONE) {
        slot->recognised = true;
        slot->known = known;
        slot->fatal = campaign_recognised_signal(campaign, known);
        job_time_out(&slot->job);
    }
}

/** See to those whose time is over; how long to wait at most. */
static uint64_t press(struct pool *pool) {
    uint64_t span = CLOCK_SECOND;
    uint64_t now = clock_now();
    for (unsigned i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->trial && !slot->job.timed_out && !slot->fatal) {
            recognise(pool, slot, now);
        }
        uint64_t left = slot->trial ? job_time_left(&slot->job) : CLOCK_NEVER;
        uint64_t rest = until_horizon(pool, slot, now);
        if (rest == 0 && left > 0 && !slot->job.timed_out) {
            slot->cut = true;
            job_time_out(&slot->job);
        }
        left = rest > 0 && rest < left ? rest : left;
        if (left == 0 && !slot->job.timed_out) {
            begin_to_stop(pool, slot);
        }
        if (slot->trial && slot->running > 0 && now >= slot->stop_until_ns) {
            job_time_out(&slot->job);
        }
        left = left == 0 ? STOP_PERIOD : left;
        span = left < span ? left : span;
    }
    return span;
}

/** Forget a job that was killed. */
static void forget(struct pool *pool, struct slot *slot) {
    job_destroy(&slot->job);
    crash_destroy(&slot->crash);
    slot->trial->state = TRIAL_OPEN;
    slot->trial = NULL;
    pool->busy--;
}

/** The campaign ends early: kill what runs, and forget it. A first thread ends last: the
 * others have to be waited for, too. */
static void abandon(struct pool *pool) {
    for (unsigned i = 0; i < pool->count; i++) {
        if (pool->slots[i].trial) {
            job_time_out(&pool->slots[i].job);
        }
    }
    while (pool->busy > 0) {
        struct tracee_event event = tracee_next(&pool->tracer, true);
        struct slot *slot = event.owner ? event.owner : find_slot(pool, event.tid);
        if (event.kind == TRACEE_NOTHING) {
            break;
        }
        if (event.kind != TRACEE_ENDED) {
            tracee_resume(event.tid, 0);
        } else if (slot && slot->trial && event.tid == slot->job.pid) {
            forget(pool, slot);
        }
    }
}

static void on_leaving(void *owner, pid_t tid) {
    struct slot *slot = owner;
    if (slot) {
        job_leaving(&slot->job, tid);
    }
}

int fresh_trials(struct campaign *campaign) {
    struct pool *pool = calloc(1, sizeof(*pool));
    if (!pool) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    pool->campaign = campaign;
    pool->tracer.leaving = campaign->plan.leaks ? on_leaving : NULL;
    pool->count = campaign_is_serial(campaign) ? 1 : campaign->options->jobs;
    while (true) {
        bool on = campaign_goes_on(campaign);
        if (on) {
            fill(pool);
        }
        if (pool->busy == 0) {
            break;
        }
        if (!on) {
            abandon(pool);
            break;
        }
        campaign_signal(campaign, signals_wait(press(pool)));
        reap(pool);
    }
    int result = pool->failed ? -1 : 0;
    tracee_destroy(&pool->tracer);
    free(pool);
    return result;
}
