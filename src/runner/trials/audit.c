// SPDX-License-Identifier: MIT
#include "runner/trials/audit.h"

#include "core/policy/mix.h"
#include "runner/trials/fresh.h"
#include "runner/util/clock.h"

#include <stdlib.h>

/** One in so many is tried again, and so many at least. */
#define SHARE      100
#define SAMPLE_MIN 8
/** If one in so many of a sample disagrees, and no fewer than these, nothing is believed. */
#define DOUBTFUL_SHARE 2
#define DOUBTFUL_MIN   3
/** So many samples are drawn at most, until one agrees. */
#define ROUNDS_MAX 8
/** The part of the time that the first sample may take, and how much it may take in any case. */
#define TIME_SHARE 20
#define TIME_MIN   CLOCK_SECOND

/** Whether a trial is one to draw from: done in place, and nothing broke. */
static bool is_drawn_from(const struct trial *trial) {
    return trial->state == TRIAL_DONE && trial->in_place && !trial->audited &&
           (trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED);
}

/** A sample. */
struct round {
    /** The trials' indices, and what was known of them. */
    size_t *drawn;
    struct trial *before;
    size_t count;
    /** When trying them is to end. */
    uint64_t end_ns;
    /** How many were tried, and how many of these disagreed. */
    size_t compared, disagreed;
};

/** Draw what the sample lacks beside those that were drawn in vain: the trials' indices; NULL
 * when memory ran out. */
static size_t *draw(const struct campaign *campaign, size_t vain, size_t *count) {
    size_t *drawn = calloc(campaign->trial_count + 1, sizeof(drawn[0]));
    size_t room = 0;
    for (size_t i = 0; drawn && i < campaign->trial_count; i++) {
        if (is_drawn_from(&campaign->trials[i])) {
            drawn[room++] = i;
        }
    }
    size_t share = (room + campaign->audited) / SHARE;
    size_t wanted = vain + (share > SAMPLE_MIN ? share : SAMPLE_MIN);
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

/** Open trials again that were done in place: those that came to the same hang as another one or,
 * where that broke nothing, failed at the same call site; or all. */
static void reopen(struct campaign *campaign, const struct trial *like, bool all) {
    size_t site = site_of(campaign, like);
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && !trial->audited &&
            (trial->in_place || trial->inferred) &&
            (all || (like->sighting ? trial->sighting == like->sighting
                                    : site_of(campaign, trial) == site))) {
            campaign_reopen(campaign, trial);
        }
    }
}

/** Hold a fresh trial against the one in place; where they differ the fresh one stays. Whether
 * they agree. */
static bool compare(struct campaign *campaign, const struct trial *before,
                    struct trial *after) {
    bool agree = after->outcome == before->outcome &&
                 (after->status == before->status || after->outcome == OUTCOME_HUNG);
    campaign->audited++;
    if (agree) {
        campaign->audits_agreed++;
        campaign->in_place++;
        *after = *before;
        after->audited = true;
    }
    return agree;
}

/** Hold a sample against what was known; what is not believed is open again. */
static void judge(struct campaign *campaign, struct round *round) {
    bool *differs = calloc(round->count + 1, sizeof(differs[0]));
    for (size_t i = 0; i < round->count; i++) {
        struct trial *after = &campaign->trials[round->drawn[i]];
        if (after->state == TRIAL_DONE && !after->in_place) {
            bool agree = compare(campaign, &round->before[i], after);
            round->compared++;
            round->disagreed += !agree;
            if (differs) {
                differs[i] = !agree;
            }
        }
    }
    bool all = !differs || (round->disagreed >= DOUBTFUL_MIN &&
                            DOUBTFUL_SHARE * round->disagreed >= round->compared);
    for (size_t i = 0; i < round->count && round->disagreed > 0; i++) {
        if (all || differs[i]) {
            reopen(campaign, &round->before[i], all);
        }
    }
    free(differs);
}

/** Try the trials that are drawn fresh, and no other; 0 on success. */
static int try_drawn(struct campaign *campaign, struct round *round) {
    const size_t *drawn = round->drawn;
    struct trial *before = round->before;
    size_t count = round->count;
    uint64_t until = campaign->until_ns;
    uint64_t end = round->end_ns;
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

/** Try what was drawn, which is released; 0 on success. */
static int audit(struct campaign *campaign, struct round *round) {
    round->before = calloc(round->count + 1, sizeof(round->before[0]));
    int result = round->drawn && round->before ? 0 : -1;
    if (result != 0) {
        diag_no_memory(campaign->diag);
    } else if (round->count > 0) {
        result = try_drawn(campaign, round);
    }
    if (result == 0) {
        judge(campaign, round);
    }
    free(round->before);
    free(round->drawn);
    return result;
}

/** Audit samples until one agrees; 0 on success. */
static int audit_samples(struct campaign *campaign) {
    uint64_t time = campaign->trying_ns / TIME_SHARE;
    uint64_t end = clock_now() + (time > TIME_MIN ? time : TIME_MIN);
    size_t vain = 0;
    for (int i = 0; i < ROUNDS_MAX && campaign_goes_on(campaign); i++) {
        struct round round = {.end_ns = i == 0 ? end : campaign->until_ns};
        round.drawn = draw(campaign, vain, &round.count);
        if (audit(campaign, &round) != 0) {
            return -1;
        }
        if (round.disagreed == 0) {
            break;
        }
        vain = campaign->audited;
    }
    return 0;
}

/** Audit one trial of each hang; 0 on success. What retries allocations is known by these. */
static int audit_hangs(struct campaign *campaign) {
    const struct sightings *sightings = &campaign->sightings;
    struct round round = {.end_ns = campaign->until_ns};
    round.drawn = calloc(sightings->count + 1, sizeof(round.drawn[0]));
    for (uint32_t i = 0; round.drawn && i < sightings->count; i++) {
        const struct trial *trial = &campaign->trials[sightings->list[i].trial];
        if (campaign_shows(campaign, i) && trial->outcome == OUTCOME_HUNG &&
            trial->in_place && !trial->audited && !trial->spinning &&
            !trial->recognised) {
            round.drawn[round.count++] = sightings->list[i].trial;
        }
    }
    return audit(campaign, &round);
}

int audit_trials(struct campaign *campaign) {
    bool due = campaign->options->strategy == STRATEGY_AUTO;
    if (due && campaign_goes_on(campaign) && audit_samples(campaign) != 0) {
        return -1;
    }
    return due && campaign_goes_on(campaign) ? audit_hangs(campaign) : 0;
}
