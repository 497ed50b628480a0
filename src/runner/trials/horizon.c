// SPDX-License-Identifier: MIT
#include "runner/trials/horizon.h"

#include "runner/util/clock.h"

/** Not all of the time is used for the first look. */
#define SHARE(time) ((time) / 4 * 3)
/** The nearest horizon. */
#define ALLOCATIONS_MIN 16
/** A trial costs so much beside what the target does in it. */
#define OVERHEAD CLOCK_MILLISECOND

void horizon_choose(struct campaign *campaign) {
    const struct oracle *oracle = &campaign->oracle;
    uint64_t now = clock_now();
    size_t left = campaign->wanted - campaign->done - campaign->missed;
    horizon_lift(campaign);
    if (campaign->until_ns == CLOCK_NEVER || now >= campaign->until_ns || left == 0) {
        return;
    }
    uint64_t jobs = campaign_is_serial(campaign) ? 1 : campaign->options->jobs;
    uint64_t each = SHARE(campaign->until_ns - now) * jobs / left;
    if (each >= oracle->elapsed_ns + OVERHEAD) {
        return;
    }
    uint64_t time = each > 2 * OVERHEAD ? each - OVERHEAD : OVERHEAD;
    uint64_t allocations =
        (uint64_t)((double)oracle->count * (double)time / (double)oracle->elapsed_ns);
    campaign->horizon = (struct horizon){
        .allocations = allocations > ALLOCATIONS_MIN ? allocations : ALLOCATIONS_MIN,
        .time_ns = time,
    };
}

void horizon_lift(struct campaign *campaign) {
    campaign->horizon = (struct horizon){UINT64_MAX, CLOCK_NEVER};
}

size_t horizon_reopen(struct campaign *campaign, size_t from, size_t to) {
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->outcome == OUTCOME_SURVIVED &&
            !trial->limited) {
            trial->survived = (struct survived){trial->failed, trial->seen,
                                                trial->stack_id, trial->in_place};
            campaign_reopen(campaign, trial);
            count++;
        }
    }
    return count;
}

void horizon_restore(struct campaign *campaign, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_OPEN && trial->survived.seen > 0) {
            trial->state = TRIAL_DONE;
            trial->outcome = OUTCOME_SURVIVED;
            trial->failed = trial->survived.failed;
            trial->seen = trial->survived.seen;
            trial->stack_id = trial->survived.stack_id;
            trial->in_place = trial->survived.in_place;
            campaign->in_place += trial->in_place;
            campaign_count(campaign, trial);
        }
    }
}
