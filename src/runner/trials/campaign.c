// SPDX-License-Identifier: MIT
#include "runner/trials/campaign.h"

#include "runner/util/clock.h"

/** So many failures before a time-out tell that a hang does not stand still. */
#define SPINNING_MIN 1000

bool campaign_goes_on(struct campaign *campaign) {
    if (clock_now() >= campaign->until_ns) {
        campaign->out_of_time = true;
    }
    return !campaign->stopped_by && !campaign->out_of_time;
}

void campaign_signal(struct campaign *campaign, int number) {
    if (signals_are_final(number)) {
        campaign->stopped_by = number;
    }
}

struct trial_terms campaign_terms(const struct campaign *campaign) {
    return (struct trial_terms){
        .arm = campaign->options->arm,
        .image = campaign->oracle.image,
        .processes = &campaign->oracle.processes,
        // Which of several threads comes first is different each time.
        .by_stack = campaign->oracle.drifts || campaign->oracle.threads > 1,
    };
}

bool campaign_is_placed(struct campaign *campaign, const struct trial *trial,
                        uint64_t stack_id) {
    uint64_t wanted = trial->point.stack_id;
    if (!wanted || stack_id == wanted) {
        return true;
    }
    campaign->moved += !campaign->oracle.drifts;
    campaign->oracle.drifts = true;
    return false;
}

void campaign_count(struct campaign *campaign, const struct trial *trial) {
    campaign->done++;
    bool defect = outcome_is_defect(trial->outcome) || trial->outcome == OUTCOME_LEAKED ||
                  (trial->outcome == OUTCOME_ABORTED && campaign->options->aborts);
    progress_step(&campaign->progress, defect);
}

void campaign_judge(struct campaign *campaign, struct trial *trial,
                    const struct end *end) {
    const struct campaign_options *options = campaign->options;
    struct judgement judgement = judge_end(end, &campaign->oracle);
    if (options->check) {
        judgement.outcome =
            judge_by_command(end, judgement.outcome, options->check, &campaign->signals);
    }
    trial->state = TRIAL_DONE;
    trial->status = end->status;
    trial->outcome = judgement.outcome;
    trial->spinning = judgement.runaway || (judgement.outcome == OUTCOME_HUNG &&
                                            trial->failed >= SPINNING_MIN);
    if (!trial->stack_id) {
        trial->stack_id = trial->point.stack_id;
    }
    campaign_count(campaign, trial);
}
