// SPDX-License-Identifier: MIT
#include "runner/explore/schedule.h"

#include "runner/util/clock.h"

#include <stdlib.h>

/** The most second failures that are tried with one first. */
#define SECONDS_MAX 8
/** How many points a turn has at least, and one more for each so much time of a run: a
 * turn costs a run of the target. */
#define TURN_MIN  64
#define TURN_TIME CLOCK_MILLISECOND
/** Without a budget: how many the first turn has. Each later one has three times as many
 * as all before, so that the target is started a few times only. */
#define TURN_FIRST 1024
/** The most points of a turn: a turn's trials take memory, and very many are hardly ever
 * all tried. */
#define TURN_MAX 65536

/** Add a trial, as far as the user wants so many; 0 on success. */
static int add_trial(struct campaign *campaign, const struct point *point,
                     enum trial_mode mode, uint64_t second) {
    uint64_t max = campaign->options->max;
    size_t count = campaign->trial_count;
    if (max && count >= max) {
        return 0;
    }
    if ((count & (count - 1)) == 0) {
        size_t room = count ? 2 * count : 64;
        void *grown = reallocarray(campaign->trials, room, sizeof(struct trial));
        if (!grown) {
            return -1;
        }
        campaign->trials = grown;
    }
    campaign->trials[campaign->trial_count++] = (struct trial){
        .point = *point,
        .mode = mode,
        .second = second,
        .stack_id = point->stack_id,
    };
    return 0;
}

/** Add the trials of some points in a mode; 0 on success. */
static int add_mode(struct campaign *campaign, enum trial_mode mode, size_t from,
                    size_t to) {
    if (!(campaign->options->modes & (1u << mode))) {
        return 0;
    }
    for (size_t i = from; i < to; i++) {
        if (add_trial(campaign, &campaign->points.list[i], mode, 0) != 0) {
            return -1;
        }
    }
    return 0;
}

/** How many points a turn has at least that begins at one. */
static size_t turn_least(const struct campaign *campaign, size_t from) {
    if (campaign->until_ns == CLOCK_NEVER) {
        return 3 * from > TURN_FIRST ? 3 * from : TURN_FIRST;
    }
    return TURN_MIN + campaign->oracle.elapsed_ns / TURN_TIME;
}

/** Whether a turn may not go beyond a point: where time is short, each stack has failed
 * before any fails a second time. */
static bool is_limit(const struct campaign *campaign, size_t from, size_t at) {
    const struct point *list = campaign->points.list;
    return campaign->until_ns != CLOCK_NEVER && list[from].novelty < NOVEL_SECOND &&
           list[at].novelty >= NOVEL_SECOND;
}

/** Where a turn ends that begins at a point: where something less new begins, once it has
 * points enough. */
static size_t turn_end(const struct campaign *campaign, size_t from) {
    const struct points *points = &campaign->points;
    size_t least = from + turn_least(campaign, from);
    size_t end = from + 1;
    while (end < points->count && end - from < TURN_MAX &&
           !is_limit(campaign, from, end) &&
           (end < least || points->list[end].novelty == points->list[end - 1].novelty)) {
        end++;
    }
    return end;
}

void schedule_points(struct campaign *campaign) {
    const struct points *points = &campaign->points;
    const unsigned modes = campaign->options->modes;
    uint64_t max = campaign->options->max;
    unsigned alone = (modes >> TRIAL_ONCE & 1) + (modes >> TRIAL_PERSISTENT & 1);
    campaign->planned = alone * points->in_all;
    campaign->wanted = alone * points->count;
    campaign->wanted = max && max < campaign->wanted ? max : campaign->wanted;
}

/** Add the trials of one more turn, if there are points left; 0 on success. */
static int add_turn(struct campaign *campaign) {
    size_t from = campaign->point_count;
    if (from == campaign->points.count || campaign->trial_count == campaign->wanted) {
        return 0;
    }
    size_t to = turn_end(campaign, from);
    void *grown = reallocarray(campaign->turns, campaign->turn_count + 1,
                               sizeof(campaign->turns[0]));
    if (!grown) {
        return -1;
    }
    campaign->turns = grown;
    campaign->point_count = to;
    if (add_mode(campaign, TRIAL_ONCE, from, to) != 0 ||
        add_mode(campaign, TRIAL_PERSISTENT, from, to) != 0) {
        return -1;
    }
    campaign->turns[campaign->turn_count++] = campaign->trial_count;
    return 0;
}

int schedule_all(struct campaign *campaign) {
    int bad = 0;
    size_t before;
    do {
        before = campaign->turn_count;
        bad = add_turn(campaign);
    } while (!bad && campaign->turn_count > before);
    return bad;
}

int schedule_turn(struct campaign *campaign) {
    if (campaign->turn == campaign->turn_count && add_turn(campaign) != 0) {
        return -1;
    }
    if (campaign->turn == campaign->turn_count) {
        return 0;
    }
    campaign->due = campaign->turns[campaign->turn++];
    return 1;
}

int schedule_pairs(struct campaign *campaign) {
    size_t singles = campaign->trial_count;
    if (!(campaign->options->modes & (1u << TRIAL_PAIRS))) {
        return 0;
    }
    for (size_t i = 0; i < singles; i++) {
        const struct trial trial = campaign->trials[i];
        uint64_t first = trial.point.number;
        bool lives = trial.state == TRIAL_DONE && trial.mode == TRIAL_ONCE &&
                     trial.failed > 0 && trial.seen > first;
        for (uint64_t k = 1; lives && k <= SECONDS_MAX && first + k <= trial.seen; k++) {
            if (add_trial(campaign, &trial.point, TRIAL_PAIRS, first + k) != 0) {
                return -1;
            }
            campaign->planned_pairs++;
            campaign->wanted = campaign->trial_count;
        }
    }
    campaign->due = campaign->trial_count;
    return 0;
}
