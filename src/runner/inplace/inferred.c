// SPDX-License-Identifier: MIT
#include "runner/inplace/inferred.h"

/** Whether the one failure was the last allocation that its child made. */
static bool is_telling(const struct trial *trial) {
    return trial->state == TRIAL_DONE && trial->mode == TRIAL_ONCE && trial->in_place &&
           trial->seen == trial->point.number && trial->failed == 1;
}

bool inferred_settle(struct campaign *campaign, struct trial *trial,
                     const struct trial *like) {
    if (trial->state != TRIAL_OPEN || trial->mode != TRIAL_PERSISTENT ||
        trial->point.number != like->point.number || !is_telling(like)) {
        return false;
    }
    trial->state = TRIAL_DONE;
    trial->inferred = true;
    trial->outcome = like->outcome;
    trial->spinning = like->spinning;
    trial->status = like->status;
    trial->seen = like->seen;
    trial->failed = like->failed;
    trial->stack_id = like->stack_id;
    trial->sighting = like->sighting;
    trial->own = like->own;
    trial->by_output = like->by_output;
    trial->moved = like->moved;
    trial->waited = like->waited;
    trial->leaks = like->leaks;
    campaign->inferred++;
    campaign_count(campaign, trial);
    return true;
}
