// SPDX-License-Identifier: MIT
#include "runner/trials/fresh.h"

#include "core/channel/journal.h"
#include "runner/util/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** A job at work, or a place for one. */
struct slot {
    struct job job;
    struct trial *trial;
    /** Whether the failure was placed by its number. */
    bool by_number;
};

struct pool {
    struct campaign *campaign;
    struct slot slots[CAMPAIGN_JOBS_MAX];
    unsigned count;
    unsigned busy;
    /** The next trial to look at. */
    size_t next;
    bool failed;
};

/** The next open trial; NULL = none. */
static struct trial *next_trial(struct pool *pool) {
    struct campaign *campaign = pool->campaign;
    while (pool->next < campaign->trial_count) {
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
    trial_policy(trial, &terms, policy);
    if (job_init(&slot->job, &campaign->plan, policy, 0) == 0) {
        if (job_start(&slot->job) == 0) {
            slot->trial = trial;
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
                   errno == ECANCELED ? "what --prepare names has failed"
                                      : strerror(errno));
        pool->failed = true;
    }
}

/** What the journal says of the failure itself. */
static void read_failure(struct trial *trial, const struct job *job) {
    const struct mf_process *process = job_process(job);
    struct mf_injection entry;
    uint64_t cursor = 0;
    if (process) {
        trial->seen = mf_process_seen(process);
        trial->failed = atomic_load(&process->injections);
    }
    if (mf_journal_next(job->channel.head, &cursor, &entry)) {
        trial->stack_id = entry.stack_id;
        trial->failed += trial->failed == 0;
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

/** A job has ended: learn what it did. */
static void finish(struct pool *pool, struct slot *slot) {
    struct job *job = &slot->job;
    job_finish(job);
    read_failure(slot->trial, job);
    if (is_misplaced(pool, slot)) {
        put_back(pool, slot->trial);
    } else {
        const struct end end = {
            .status = job->status,
            .timed_out = job->timed_out,
            .streams = job->streams,
            .files = &job->files,
            .directory = job->directory,
            .leaks = &job->leaks,
        };
        campaign_judge(pool->campaign, slot->trial, &end);
    }
    slot->trial = NULL;
    pool->busy--;
    job_destroy(job);
}

/** Take all children that have ended; orphans too, which are of no interest. */
static void reap(struct pool *pool) {
    pid_t pid;
    while ((pid = job_ended()) != 0) {
        struct slot *owner = NULL;
        for (unsigned i = 0; i < pool->count; i++) {
            if (pool->slots[i].trial && pool->slots[i].job.pid == pid) {
                owner = &pool->slots[i];
            }
        }
        if (owner) {
            finish(pool, owner);
        } else {
            signals_sift();
            waitpid(pid, NULL, __WALL);
        }
    }
}

/** Kill those whose time is over; how long to wait at most. */
static uint64_t press(struct pool *pool) {
    uint64_t span = CLOCK_SECOND;
    uint64_t now = clock_now();
    for (unsigned i = 0; i < pool->count; i++) {
        if (pool->slots[i].trial) {
            uint64_t left = job_press(&pool->slots[i].job, now);
            span = left < span ? left : span;
        }
    }
    return span;
}

/** The campaign ends early: kill what runs, and forget it. */
static void abandon(struct pool *pool) {
    for (unsigned i = 0; i < pool->count; i++) {
        struct slot *slot = &pool->slots[i];
        if (slot->trial) {
            kill(-slot->job.pid, SIGKILL);
            kill(slot->job.pid, SIGKILL);
            job_finish(&slot->job);
            job_destroy(&slot->job);
            slot->trial->state = TRIAL_OPEN;
            slot->trial = NULL;
            pool->busy--;
        }
    }
}

int fresh_trials(struct campaign *campaign) {
    struct pool *pool = calloc(1, sizeof(*pool));
    if (!pool) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    pool->campaign = campaign;
    pool->count = campaign->options->serial ? 1 : campaign->options->jobs;
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
    free(pool);
    return result;
}
