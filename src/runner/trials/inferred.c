// SPDX-License-Identifier: MIT
#include "runner/trials/inferred.h"

#include <stdlib.h>

static int by_number(const void *a, const void *b) {
    const struct trial *one = *(const struct trial *const *)a;
    const struct trial *other = *(const struct trial *const *)b;
    return (one->point.number > other->point.number) -
           (one->point.number < other->point.number);
}

/** Whether the one failure was the last allocation that its child made. */
static bool is_telling(const struct trial *trial) {
    return trial->state == TRIAL_DONE && trial->mode == TRIAL_ONCE && trial->in_place &&
           trial->seen == trial->point.number && trial->failed == 1;
}

/** Gather the trials that tell about others, by number; how many there are. */
static size_t gather(const struct campaign *campaign, const struct trial **telling) {
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        if (is_telling(&campaign->trials[i])) {
            telling[count++] = &campaign->trials[i];
        }
    }
    qsort(telling, count, sizeof(telling[0]), by_number);
    return count;
}

/** Give a trial the end of another one. */
static void settle(struct campaign *campaign, struct trial *trial,
                   const struct trial *like) {
    trial->state = TRIAL_DONE;
    trial->inferred = true;
    trial->outcome = like->outcome;
    trial->spinning = like->spinning;
    trial->status = like->status;
    trial->seen = like->seen;
    trial->failed = like->failed;
    trial->stack_id = like->stack_id;
    campaign->inferred++;
    campaign_count(campaign, trial);
}

void inferred_settle(struct campaign *campaign) {
    const struct trial **telling = calloc(campaign->trial_count + 1, sizeof(telling[0]));
    size_t count = telling ? gather(campaign, telling) : 0;
    for (size_t i = 0; i < campaign->trial_count && count > 0; i++) {
        struct trial *trial = &campaign->trials[i];
        const struct trial *wanted = trial;
        if (trial->state != TRIAL_OPEN || trial->mode != TRIAL_PERSISTENT) {
            continue;
        }
        const struct trial **found =
            bsearch(&wanted, telling, count, sizeof(telling[0]), by_number);
        if (found) {
            settle(campaign, trial, *found);
        }
    }
    free(telling);
}
