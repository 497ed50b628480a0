// SPDX-License-Identifier: MIT
#include "runner/explore/trying.h"

#include "runner/explore/misses.h"
#include "runner/explore/schedule.h"
#include "runner/inplace/inplace.h"
#include "runner/results/resume.h"
#include "runner/trials/audit.h"
#include "runner/trials/doubts.h"
#include "runner/trials/fresh.h"
#include "runner/trials/horizon.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

/** Try all that is due; 0 on success. */
static int try_due(struct campaign *campaign) {
    if (inplace_trials(campaign) != 0) {
        return -1;
    }
    uint64_t spent = clock_now() - campaign->trying_since_ns;
    campaign->trying_ns = spent;
    if (fresh_trials(campaign) != 0) {
        return -1;
    }
    horizon_lift(campaign);
    // What the audit does not believe is open again.
    if (campaign->in_place > 0 && audit_trials(campaign) != 0) {
        return -1;
    }
    return fresh_trials(campaign) == 0 ? doubts_settle(campaign) : -1;
}

/** Take over what earlier results know of the trials; 0 on success. */
static int resume(struct campaign *campaign) {
    const char *earlier = campaign->options->resume;
    if (earlier && resume_trials(campaign, earlier) != 0) {
        return -1;
    }
    progress_count(&campaign->progress, campaign->done, campaign->wanted);
    return 0;
}

/** Show once more, to the end, what earlier results know of, before all else; 0 on
 * success. */
static int show_again(struct campaign *campaign) {
    horizon_lift(campaign);
    size_t due = campaign->due;
    int bad = resume(campaign);
    if (bad || !campaign->options->resume) {
        return bad;
    }
    if (resume_begin_showing(campaign) > 0) {
        campaign->due = campaign->trial_count;
        bad = try_due(campaign);
        campaign->due = due;
    }
    resume_end_showing(campaign);
    return bad ? bad : resume(campaign);
}

/** Run those to their end that only survived so far, as long as there is time; 0 on
 * success. */
static int try_to_end(struct campaign *campaign) {
    int bad = 0;
    size_t from = 0;
    progress_go_on(&campaign->progress, campaign->survived);
    for (size_t i = 0; i < campaign->turn_count && campaign->survived && !bad; i++) {
        size_t to = campaign->turns[i], before = campaign->progress.done;
        if (campaign_goes_on(campaign) && horizon_reopen(campaign, from, to) > 0) {
            campaign->progress.done = before;
            bad = try_due(campaign);
            before = campaign->progress.done;
            horizon_restore(campaign, from, to);
            campaign->progress.done = before;
        }
        from = to;
    }
    return bad;
}

/** Try all that is planned, turn by turn; 0 on success. */
static int try_turns(struct campaign *campaign) {
    int bad = 0, more = 1;
    while (!bad && campaign_goes_on(campaign) && (more = schedule_turn(campaign)) > 0) {
        horizon_choose(campaign);
        bad = try_due(campaign);
    }
    if (more < 0) {
        diag_no_memory(campaign->diag);
        bad = -1;
    }
    return bad;
}

int trying(struct campaign *campaign) {
    schedule_points(campaign);
    // Earlier results know of any.
    if (campaign->options->resume && schedule_all(campaign) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    int bad = show_again(campaign);
    bad = bad ? bad : try_turns(campaign);
    bad = bad ? bad : try_to_end(campaign);
    bad = bad ? bad : misses_run_alone(campaign);
    size_t before = campaign->trial_count;
    // Which second failures there are is known only where the first ones have been tried.
    if (!bad && campaign_goes_on(campaign) && schedule_pairs(campaign) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    campaign->planned += campaign->planned_pairs;
    if (!bad && campaign->trial_count > before) {
        bad = show_again(campaign) != 0 ? -1 : try_due(campaign);
        bad = bad ? bad : misses_run_alone(campaign);
    }
    misses_look(campaign);
    progress_clear(&campaign->progress);
    campaign->cut_short = bad;
    return bad && campaign->done == 0 ? STATUS_FAILED : 0;
}
