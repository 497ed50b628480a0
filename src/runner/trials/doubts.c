// SPDX-License-Identifier: MIT
#include "runner/trials/doubts.h"

#include "runner/trials/fresh.h"

#include <stdlib.h>

/** How many trials are run again between two clean runs. */
#define GROUP_MAX 16
/** How often a trial is run again at most. */
#define AGAIN_MAX 3

/** Whether a trial is to be run again: its output looks wrong, and nobody has looked twice;
 * or it was judged by what is known to move by now. */
static bool is_doubtful(const struct campaign *campaign, const struct trial *trial) {
    if (trial->state != TRIAL_DONE || !trial->by_output || trial->again == AGAIN_MAX) {
        return false;
    }
    bool once = trial->outcome == OUTCOME_SILENT && trial->again == 0;
    return once || trial->moved != campaign->oracle.moved;
}

/** Whether some trial's outcome hangs on what it wrote. */
static bool is_any(const struct campaign *campaign) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->by_output && trial->again == 0) {
            return true;
        }
    }
    return false;
}

/** A group of trials that are run again; whether each was silent before, and what was
 * known to move then. */
struct group {
    struct trial *trials[GROUP_MAX];
    bool silent[GROUP_MAX];
    unsigned moved[GROUP_MAX];
    size_t count;
};

/** Open the next ones again. */
static struct group open_group(struct campaign *campaign) {
    struct group group = {.count = 0};
    for (size_t i = 0; i < campaign->trial_count && group.count < GROUP_MAX; i++) {
        struct trial *trial = &campaign->trials[i];
        if (is_doubtful(campaign, trial)) {
            group.moved[group.count] = trial->moved;
            group.silent[group.count] = trial->outcome == OUTCOME_SILENT;
            group.trials[group.count++] = trial;
            trial->again++;
            campaign_reopen(campaign, trial);
        }
    }
    return group;
}

/** Two runs of one trial disagree, and no clean run tells why. */
static void compare(struct campaign *campaign, const struct group *group) {
    for (size_t i = 0; i < group->count; i++) {
        struct trial *trial = group->trials[i];
        bool calm = trial->outcome == OUTCOME_TOLERATED ||
                    (trial->outcome == OUTCOME_HANDLED && trial->by_output);
        if (group->silent[i] && calm && trial->state == TRIAL_DONE &&
            group->moved[i] == campaign->oracle.moved) {
            trial->outcome = OUTCOME_FLAKY;
            trial->by_output = false;
            campaign->wavering++;
        }
    }
}

int doubts_settle(struct campaign *campaign) {
    struct oracle *oracle = &campaign->oracle;
    const char *arm = campaign->options->arm;
    if (!is_any(campaign) || !campaign_goes_on(campaign)) {
        return 0;
    }
    oracle_ask_again(oracle, &campaign->plan, arm);
    struct group group = open_group(campaign);
    while (group.count > 0 && campaign_goes_on(campaign)) {
        if (fresh_trials(campaign) != 0) {
            return -1;
        }
        oracle_ask_again(oracle, &campaign->plan, arm);
        compare(campaign, &group);
        group = open_group(campaign);
    }
    return 0;
}
