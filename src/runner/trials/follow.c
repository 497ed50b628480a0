// SPDX-License-Identifier: MIT
#include "runner/trials/follow.h"

#include "core/channel/journal.h"
#include "runner/trials/attempt.h"
#include "runner/util/clock.h"

#include <stdio.h>

/** An attempt of this campaign. */
static struct attempt attempt_of(const struct campaign *campaign, const char *policy) {
    return (struct attempt){
        .plan = &campaign->plan,
        .oracle = &campaign->oracle,
        .policy = policy,
        .timeout_ns = campaign->plan.timeout_ns,
        .follow = true,
    };
}

int follow_clean(struct campaign *campaign) {
    char policy[96];
    snprintf(policy, sizeof(policy), "{\"version\":1,\"arm\":\"%.8s\",\"rules\":[]}",
             campaign->options->arm);
    struct attempt attempt = attempt_of(campaign, policy);
    int status = attempt_run(&attempt, campaign->diag);
    if (status != 0) {
        return status;
    }
    campaign->deaths = !attempt_end(&attempt).child;
    // Being traced takes its time.
    uint64_t elapsed = attempt.result.elapsed_ns;
    if (elapsed > campaign->oracle.elapsed_ns && !campaign->options->timeout_ns) {
        campaign->plan.timeout_ns = 10 * elapsed + CLOCK_SECOND;
    }
    if (attempt.result.untraced) {
        campaign->deaths = false;
    }
    attempt_destroy(&attempt);
    return 0;
}

/** What the journal says of the failure itself. */
static void read_failure(struct trial *trial, const struct channel *channel) {
    struct mf_injection entry;
    uint64_t cursor = 0;
    for (unsigned i = 0; i < channel_processes(channel); i++) {
        trial->failed += atomic_load(&channel_process(channel, i)->injections);
    }
    if (mf_journal_next(channel->head, &cursor, &entry)) {
        trial->stack_id = entry.stack_id;
        trial->failed += trial->failed == 0;
        if (entry.process < channel_processes(channel)) {
            trial->seen = mf_process_seen(channel_process(channel, entry.process));
        }
    }
}

/** Try one; 0 on success. */
static int try(struct campaign *campaign, struct trial *trial) {
    const struct trial_terms terms = campaign_terms(campaign);
    char policy[TRIAL_POLICY_MAX];
    trial_policy(trial, &terms, policy);
    struct attempt attempt = attempt_of(campaign, policy);
    attempt.follow = campaign->deaths;
    if (attempt_run(&attempt, campaign->diag) != 0) {
        trial->state = TRIAL_FAILED;
        return -1;
    }
    campaign_signal(campaign, attempt.result.passed_on);
    if (!campaign->stopped_by) {
        const struct end end = attempt_end(&attempt);
        read_failure(trial, &attempt.result.channel);
        campaign_judge(campaign, trial, &end);
    }
    attempt_destroy(&attempt);
    return 0;
}

int follow_trials(struct campaign *campaign) {
    int result = 0;
    for (size_t i = 0; i < campaign->trial_count && result == 0; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_OPEN && campaign_goes_on(campaign)) {
            result = try(campaign, trial);
        }
    }
    return result;
}
