// SPDX-License-Identifier: MIT
#include "runner/suite/untried.h"

#include "runner/points/stacks.h"

#include <string.h>

/** Count why a trial is left; stacks that no process could be held for are told apart. */
static void count_left(struct campaign *campaign, const struct trial *trial) {
    size_t reason = trial->reason;
    if (campaign_is_hurried(reason) &&
        (trial->mode == TRIAL_ONCE || trial[-1].state == TRIAL_OPEN)) {
        return;
    }
    if (reason >= CAMPAIGN_REASONS) {
        size_t call = reason - CAMPAIGN_REASONS;
        if (call < BARRED_CALLS_MAX) {
            campaign->barred.calls[call].count++;
        }
        reason = CAMPAIGN_BARRIER;
    }
    campaign->unsuited[reason]++;
}

/** Why no process was held at a stack. */
static uint8_t why_left(const struct desks *desks, uint64_t stack) {
    uint32_t reason = atomic_load(&desks->stacks[stack].reason);
    if (reason > MF_POINT_HELD && reason <= MF_POINT_SKIPPED &&
        reason != MF_POINT_STOPPED) {
        return (uint8_t)reason;
    }
    return CAMPAIGN_ENDED;
}

/** Say why trials of a stack are open, where that is not known; it may have none yet, for no
 * process was held there. */
static void leave(struct desks *desks, uint64_t stack) {
    struct trial *trial = desks_trial_of(desks, stack);
    uint8_t first = trial[0].state == TRIAL_OPEN ? trial[0].reason : 0;
    uint8_t why = campaign_is_hurried(first) ? first : why_left(desks, stack);
    for (int i = 0; i < MF_SUITE_POINTS; i++) {
        trial[i].reason = trial[i].reason ? trial[i].reason : why;
    }
    commands_note(&desks->commands, (size_t)(trial - desks->inplace.campaign->trials),
                  reach_known(&desks->reach, atomic_load(&desks->stacks[stack].command)));
}

/** Whether an entry has no trials of its own. */
static bool is_settled(uint32_t state) {
    return state == MF_SUITE_SPARED || state == MF_SUITE_COMMON ||
           state == MF_SUITE_SPOKEN_FOR;
}

void untried_count(struct desks *desks) {
    struct campaign *campaign = desks->inplace.campaign;
    // Those that came when the suite was about to end.
    reach_attend(&desks->reach, desks->suite, &desks->commands);
    reach_name(&desks->reach, desks->suite, &desks->commands);
    // Until now each try was counted.
    memset(campaign->unsuited, 0, sizeof(campaign->unsuited));
    for (uint64_t i = 0; i < STACKS_ROOM; i++) {
        if (desks->table[i].id && !is_settled(atomic_load(&desks->stacks[i].state)) &&
            !desks_is_spared(desks, i)) {
            leave(desks, i);
        }
    }
    for (size_t i = 0; i < campaign->barred.call_count; i++) {
        campaign->barred.calls[i].count = 0;
    }
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_OPEN) {
            trial->left = TRIAL_LEFT;
            count_left(campaign, trial);
        }
    }
}
