// SPDX-License-Identifier: MIT
#include "runner/trials/doubts.h"

#include "runner/trials/fresh.h"
#include "runner/util/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

/** How often a trial is run again at most. */
#define AGAIN_MAX 3
/** How many more clean runs are asked first, and for how long: what is one of two by chance
 * is the same in these and the two there were once in 128 times. */
#define CLEAN_RUNS 6
#define CLEAN_TIME (2 * CLOCK_SECOND)

/** Whether a trial is the one that its sighting is told by, or that one showed something
 * else when it was run again. */
static bool is_first(const struct campaign *campaign, const struct trial *trial) {
    uint32_t at = trial->sighting - 1;
    return trial->sighting == 0 || !campaign_shows(campaign, at) ||
           trial == &campaign->trials[campaign->sightings.list[at].trial];
}

/** Whether SIGKILL ended a trial, and was not the runner's: anybody may have sent it, and the
 * kernel does not tell who. */
static bool is_killed(const struct trial *trial) {
    return trial->outcome == OUTCOME_CRASHED && WIFSIGNALED(trial->status) &&
           WTERMSIG(trial->status) == SIGKILL;
}

/** Whether a trial is to be run again: it is the first of its stack whose output looks
 * wrong or that SIGKILL ended, and that was seen too seldom; or it was judged before it was
 * known what moves. */
static bool is_doubtful(const struct campaign *campaign, const struct trial *trial) {
    if (trial->state == TRIAL_DONE && is_killed(trial)) {
        return trial->again == 0 && is_first(campaign, trial);
    }
    if (trial->state != TRIAL_DONE || !trial->by_output || trial->again == AGAIN_MAX) {
        return false;
    }
    // Where another one's output was wrong once only, this one's may be so by chance, too.
    unsigned enough = campaign->wavering > 0 ? AGAIN_MAX : 1;
    bool seldom = trial->outcome == OUTCOME_SILENT && trial->again < enough;
    return (seldom && is_first(campaign, trial)) ||
           trial->moved != campaign->oracle.moved;
}

/** Whether some trial's outcome hangs on what it wrote, or on a SIGKILL. */
static bool is_any(const struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->again == 0 &&
            (trial->by_output || is_killed(trial))) {
            return true;
        }
    }
    return false;
}

struct doubts_group doubts_open(struct campaign *campaign,
                                bool is_wanted(const struct campaign *campaign,
                                               const struct trial *trial)) {
    struct doubts_group group = {.count = 0};
    for (size_t i = 0; i < campaign->trial_count && group.count < DOUBTS_GROUP_MAX; i++) {
        struct trial *trial = &campaign->trials[i];
        if (is_wanted(campaign, trial)) {
            group.before[group.count] = *trial;
            group.trials[group.count++] = trial;
            campaign_reopen(campaign, trial);
        }
    }
    return group;
}

/** Open the next doubtful ones again. */
static struct doubts_group open_group(struct campaign *campaign) {
    struct doubts_group group = doubts_open(campaign, is_doubtful);
    for (size_t i = 0; i < group.count; i++) {
        group.trials[i]->again++;
    }
    return group;
}

/** Hold the second run of a trial against the first one. */
static void compare(struct campaign *campaign, struct trial *trial,
                    const struct trial *before) {
    if (trial->state != TRIAL_DONE) {
        return;
    }
    if (trial->outcome == before->outcome) {
        // What was seen first has been confirmed.
        trial->in_place = before->in_place;
        trial->inferred = before->inferred;
        campaign->in_place += trial->in_place;
        campaign->inferred += trial->inferred;
        return;
    }
    if (is_killed(before)) {
        trial->outcome = OUTCOME_FLAKY;
        trial->by_output = false;
        campaign->killed_once++;
        return;
    }
    bool calm = trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED;
    if (before->outcome == OUTCOME_SILENT && calm &&
        before->moved == campaign->oracle.moved) {
        // No clean run tells why.
        trial->outcome = OUTCOME_FLAKY;
        trial->by_output = false;
        campaign->wavering++;
    }
}

int doubts_settle(struct campaign *campaign) {
    struct oracle *oracle = &campaign->oracle;
    const char *arm = campaign->options->arm;
    if (!is_any(campaign) || !campaign_goes_on(campaign)) {
        return 0;
    }
    uint64_t end = clock_now() + CLEAN_TIME;
    for (int i = 0; i < CLEAN_RUNS && clock_now() < end && campaign_goes_on(campaign);
         i++) {
        oracle_ask_again(oracle, &campaign->plan, arm);
    }
    struct doubts_group group = open_group(campaign);
    while (group.count > 0 && campaign_goes_on(campaign)) {
        if (fresh_trials(campaign) != 0) {
            return -1;
        }
        oracle_ask_again(oracle, &campaign->plan, arm);
        for (size_t i = 0; i < group.count; i++) {
            compare(campaign, group.trials[i], &group.before[i]);
        }
        group = open_group(campaign);
    }
    return 0;
}
