// SPDX-License-Identifier: MIT
#include "runner/trials/audit.h"

#include "core/policy/mix.h"
#include "runner/trials/fresh.h"
#include "runner/util/clock.h"

#include <stdlib.h>

/** One in so many is tried again, and so many at least. */
#define SHARE      100
#define SAMPLE_MIN 8
/** The part of the time that it may take, and how much it may take in any case. */
#define TIME_SHARE 20
#define TIME_MIN   (CLOCK_SECOND / 5)

/** Whether a trial is one to draw from: done in place, and nothing broke. */
static bool is_drawn_from(const struct trial *trial) {
    return trial->state == TRIAL_DONE && trial->in_place && !trial->audited &&
           (trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED);
}

/** Draw what the sample lacks: the trials' indices; NULL when memory ran out. */
static size_t *draw(const struct campaign *campaign, size_t *count) {
    size_t *drawn = calloc(campaign->trial_count + 1, sizeof(drawn[0]));
    size_t room = 0;
    for (size_t i = 0; drawn && i < campaign->trial_count; i++) {
        if (is_drawn_from(&campaign->trials[i])) {
            drawn[room++] = i;
        }
    }
    size_t share = (room + campaign->audited) / SHARE;
    size_t wanted = share > SAMPLE_MIN ? share : SAMPLE_MIN;
    wanted = wanted > campaign->audited ? wanted - campaign->audited : 0;
    *count = wanted < room ? wanted : room;
    for (size_t i = 0; drawn && i < *count; i++) {
        size_t other = i + (size_t)(mf_mix(i + MF_MIX_STEP) % (room - i));
        size_t index = drawn[i];
        drawn[i] = drawn[other];
        drawn[other] = index;
    }
    return drawn;
}

/** The call site of a trial's failure; SIZE_MAX = unknown. */
static size_t site_of(const struct campaign *campaign, const struct trial *trial) {
    const struct stacks_entry *entry =
        stacks_find(&campaign->oracle.stacks, trial->point.stack_id);
    return entry ? entry->site : SIZE_MAX;
}

/** Open all trials again that were done in place at a call site. */
static void reopen(struct campaign *campaign, size_t site) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && (trial->in_place || trial->inferred) &&
            site_of(campaign, trial) == site) {
            campaign_reopen(campaign, trial);
        }
    }
}

/** Hold a fresh trial against the one in place; where they differ the fresh one stays. */
static void compare(struct campaign *campaign, const struct trial *before,
                    struct trial *after) {
    campaign->audited++;
    if (after->outcome == before->outcome && after->status == before->status) {
        campaign->audits_agreed++;
        campaign->in_place++;
        *after = *before;
        after->audited = true;
    } else {
        reopen(campaign, site_of(campaign, before));
    }
}

/** Try the trials that are drawn fresh, and no other; 0 on success. */
static int try_drawn(struct campaign *campaign, const size_t *drawn, size_t count,
                     struct trial *before) {
    uint64_t until = campaign->until_ns;
    uint64_t time = campaign->trying_ns / TIME_SHARE;
    uint64_t end = clock_now() + (time > TIME_MIN ? time : TIME_MIN);
    for (size_t i = 0; i < count; i++) {
        before[i] = campaign->trials[drawn[i]];
        campaign_reopen(campaign, &campaign->trials[drawn[i]]);
    }
    campaign->until_ns = end < until ? end : until;
    int result = fresh_trials(campaign);
    campaign->until_ns = until;
    campaign->out_of_time = clock_now() >= until;
    for (size_t i = 0; i < count; i++) {
        struct trial *trial = &campaign->trials[drawn[i]];
        if (trial->state != TRIAL_DONE) {
            // There was no time for it, or it missed: what is known of it holds.
            campaign->missed -= trial->state == TRIAL_MISSED;
            *trial = before[i];
            campaign->in_place++;
            campaign->done++;
        }
    }
    return result;
}

int audit_trials(struct campaign *campaign) {
    size_t count;
    size_t *drawn = draw(campaign, &count);
    struct trial *before = calloc(count + 1, sizeof(before[0]));
    int result = drawn && before ? 0 : -1;
    if (result != 0) {
        diag_no_memory(campaign->diag);
    } else if (count > 0 && campaign->options->strategy == STRATEGY_AUTO &&
               campaign_goes_on(campaign)) {
        result = try_drawn(campaign, drawn, count, before);
        for (size_t i = 0; i < count && result == 0; i++) {
            const struct trial *after = &campaign->trials[drawn[i]];
            if (after->state == TRIAL_DONE && !after->in_place) {
                compare(campaign, &before[i], &campaign->trials[drawn[i]]);
            }
        }
    }
    free(before);
    free(drawn);
    return result;
}
