// SPDX-License-Identifier: MIT
#include "runner/explore/misses.h"

#include "runner/trials/doubts.h"
#include "runner/trials/fresh.h"
#include "runner/trials/horizon.h"
#include "runner/util/figures.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

/** How many of them are of a kind. */
static size_t count(const struct campaign *campaign, bool is(const struct trial *trial)) {
    size_t sum = 0;
    for (size_t i = 0; campaign->missed > 0 && i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        sum += trial->state == TRIAL_MISSED && is(trial);
    }
    return sum;
}

static bool is_late(const struct trial *trial) {
    return trial->late;
}

/** Whether its run crashed, though nothing had failed in it. */
static bool is_crash(const struct trial *trial) {
    return !trial->late && WIFSIGNALED(trial->status) &&
           outcome_is_crash(WTERMSIG(trial->status));
}

/** Whether one is to be run alone. */
static bool is_wanted(const struct campaign *campaign, const struct trial *trial) {
    (void)campaign;
    return trial->state == TRIAL_MISSED && !trial->alone;
}

/** Count what came of them; whether to go on with others: if all that were run hang without
 * their failure, the others are likely to do so, too. */
static bool close_group(struct campaign *campaign, const struct doubts_group *group) {
    size_t late = 0, missed = 0;
    for (size_t i = 0; i < group->count; i++) {
        struct trial *trial = group->trials[i];
        if (trial->state == TRIAL_DONE || trial->state == TRIAL_MISSED) {
            campaign->run_alone++;
            campaign->reached_alone += trial->state == TRIAL_DONE;
            late += trial->state == TRIAL_MISSED && trial->late;
            continue;
        }
        // There was no time for it.
        *trial = group->before[i];
        missed++;
    }
    campaign->missed += missed;
    return late < group->count && missed == 0;
}

int misses_run_alone(struct campaign *campaign) {
    struct doubts_group group;
    int bad = 0;
    if (campaign->missed == 0) {
        return 0;
    }
    horizon_lift(campaign);
    campaign->alone = true;
    do {
        group = campaign_goes_on(campaign) ? doubts_open(campaign, is_wanted)
                                           : (struct doubts_group){.count = 0};
        bad = group.count > 0 ? fresh_trials(campaign) : 0;
    } while (group.count > 0 && close_group(campaign, &group) && !bad);
    bad = bad ? bad : doubts_settle(campaign);
    campaign->alone = false;
    return bad;
}

/** How a clean run that has ended compares with the first one. */
static enum campaign_after compare(const struct campaign *campaign,
                                   const struct job *job) {
    const struct oracle *oracle = &campaign->oracle;
    const struct mf_process *process = job_process(job);
    uint64_t seen = process ? mf_process_seen(process) : 0;
    if (job->status == oracle->status && !job->timed_out && seen == oracle->count) {
        return CAMPAIGN_AFTER_SAME;
    }
    // Where the first run alone was another one, what it left has the others differ.
    bool varies = oracle->second_count != oracle->count && seen != oracle->second_count &&
                  job->status == oracle->status;
    return varies ? CAMPAIGN_AFTER_VARIES : CAMPAIGN_AFTER_MOVED;
}

void misses_look(struct campaign *campaign) {
    struct tracer tracer = {0};
    struct job job;
    char policy[64];
    if (campaign->missed == 0 || !campaign_goes_on(campaign)) {
        return;
    }
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%.8s\",\"rules\":[]}",
             campaign->options->arm);
    if (job_init(&job, &campaign->plan, policy, 0) != 0) {
        return;
    }
    tree_kill_strays(campaign->tree);
    if (job_start(&job, &tracer, false, NULL) == 0) {
        job_await(&job, &tracer, NULL, NULL);
        campaign_signal(campaign, job.stopped_by);
        campaign->after =
            job.stopped_by ? CAMPAIGN_AFTER_UNKNOWN : compare(campaign, &job);
    }
    tracee_destroy(&tracer);
    job_destroy(&job);
}

/** Why they were missed. */
static void print_reason(const struct campaign *campaign, FILE *stream) {
    const struct campaign_options *options = campaign->options;
    const char *remove =
        options->prepare ? "have --prepare remove it" : "--prepare COMMAND removes it";
    switch (campaign->after) {
    case CAMPAIGN_AFTER_SAME:
        fputs("the run took another path", stream);
        return;
    case CAMPAIGN_AFTER_VARIES:
        fputs("runs take different paths, also when nothing fails", stream);
        return;
    case CAMPAIGN_AFTER_MOVED:
        fputs("a clean run is now different, too: earlier runs left something behind (a "
              "lock or pid file?): ",
              stream);
        break;
    default:
        fputs("the run took another path; if earlier runs left something behind (a lock "
              "or pid file?): ",
              stream);
    }
    fprintf(stream, "%s%s", remove,
            options->scratch ? "" : ", --scratch gives each run a directory of its own");
}

/** Tell of those that were reached alone. */
static void print_alone(const struct campaign *campaign, FILE *stream) {
    size_t reached = campaign->reached_alone;
    size_t fresh = campaign->done - campaign->in_place - campaign->inferred;
    if (reached == 0) {
        return;
    }
    fprintf(stream,
            "mallocfail: %zu of %zu failure%s not reached at first %s reached when tried "
            "again alone",
            reached, campaign->run_alone, plural(campaign->run_alone),
            reached == 1 ? "was" : "were");
    // A few of many are chance, where runs vary by themselves.
    bool proven = 4 * reached > 3 * campaign->run_alone && 4 * reached >= fresh;
    bool one = campaign->options->jobs == 1 || campaign_is_serial(campaign);
    fputs(!proven              ? "\n"
          : one                ? ": processes that earlier runs left were in the way\n"
          : campaign->commands ? ": runs got in each other's way\n"
                               : ": runs got in each other's way; -j 1 avoids that\n",
          stream);
}

void misses_print(const struct campaign *campaign, FILE *stream) {
    size_t late = count(campaign, is_late);
    size_t crashes = count(campaign, is_crash);
    print_alone(campaign, stream);
    if (campaign->missed == 0) {
        return;
    }
    fprintf(stream,
            "mallocfail: %zu failure%s not reached, and so not tried: ", campaign->missed,
            plural(campaign->missed));
    print_reason(campaign, stream);
    fputc('\n', stream);
    if (crashes > 0) {
        fprintf(stream,
                "mallocfail: note: %zu of these runs crashed, though nothing failed in "
                "%s\n",
                crashes, crashes == 1 ? "it" : "them");
    }
    if (late > 0) {
        fprintf(stream,
                "mallocfail: note: %zu of these runs did not end within %s time\n", late,
                late == 1 ? "its" : "their");
    }
}
