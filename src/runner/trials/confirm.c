// SPDX-License-Identifier: MIT
// Trials are grouped by what they showed and by the stack of their failure; one of each
// group is run again under ptrace, in the same surroundings. What it dies of is the
// truth: a trial could only see the signal.
#include "runner/trials/confirm.h"

#include "runner/trials/attempt.h"
#include "runner/util/clock.h"

/** Aborts by design are many: so many groups of them are looked at. */
#define ABORTS_MAX 24
/** And hangs each take their time-out: so many. */
#define HANGS_MAX 12
/** And so many groups that can have lost a process of theirs, for so long at least. */
#define MASKED_MAX      200
#define MASKED_TIME_MIN (2 * CLOCK_SECOND)
/** Confirming goes on for so long at least, or twice as long as trying took. */
#define TIME_MIN (20 * CLOCK_SECOND)
/** What a crash may take under ptrace, its failures written down: deep recursions are
 * slow. */
#define CRASH_TIME (10 * CLOCK_SECOND)
/** What a hang is given, and some of the clean run's time. */
#define HANG_TIME (300 * CLOCK_MILLISECOND)
/** How often a trial is run again until it is called flaky; where numbers move, too. */
#define TRIES       2
#define TRIES_MOVED 5

static bool wants_confirmation(const struct trial *trial) {
    return trial->state == TRIAL_DONE && !trial->confirmed && !trial->flaky &&
           (outcome_is_defect(trial->outcome) || trial->outcome == OUTCOME_ABORTED ||
            trial->outcome == OUTCOME_LEAKED);
}

/** Whether a process that the target started may have crashed, which the target, like a
 * shell, did not die of: only a traced run can tell. Nothing in place starts any. */
static bool may_be_masked(const struct campaign *campaign, const struct trial *trial) {
    return trial->state == TRIAL_DONE && !trial->confirmed && !trial->flaky &&
           !trial->in_place && !trial->inferred && trial->failed > 0 &&
           campaign->oracle.process_count > 1 &&
           (trial->outcome == OUTCOME_TOLERATED || trial->outcome == OUTCOME_HANDLED);
}

static bool is_same_group(const struct trial *a, const struct trial *b) {
    return a->outcome == b->outcome && a->mode == b->mode && a->stack_id == b->stack_id &&
           (a->stack_id != 0 || a->point.number == b->point.number);
}

uint64_t confirm_time(const struct campaign *campaign, const struct trial *trial) {
    uint64_t usual = campaign->plan.timeout_ns;
    if (trial->outcome == OUTCOME_HUNG) {
        uint64_t enough = HANG_TIME + 10 * campaign->oracle.elapsed_ns;
        return enough < usual ? enough : usual;
    }
    return usual > CRASH_TIME ? usual : CRASH_TIME;
}

/** Whether a traced run showed what the trial had shown. */
static bool agrees(const struct trial *trial, const struct defect *defect) {
    enum outcome seen = defect->finding.verdict.outcome;
    // By a signal alone libc's abort and the program's cannot always be told apart.
    // A deep recursion can take so long that it looks like a hang.
    bool deadly = seen == OUTCOME_CRASHED || seen == OUTCOME_ABORTED ||
                  defect->finding.verdict.class == CLASS_STACK_OVERFLOW;
    bool masked = seen == OUTCOME_CRASHED && (trial->outcome == OUTCOME_TOLERATED ||
                                              trial->outcome == OUTCOME_HANDLED);
    return seen == trial->outcome || masked ||
           (deadly &&
            (trial->outcome == OUTCOME_CRASHED || trial->outcome == OUTCOME_ABORTED)) ||
           (trial->outcome == OUTCOME_HUNG && trial->spinning);
}

/** Run a trial once more; what it showed, or NULL. */
static struct defect *try_again(struct campaign *campaign, struct defects *defects,
                                const struct trial *trial) {
    const struct trial_terms terms = campaign_terms(campaign);
    char policy[TRIAL_POLICY_MAX];
    struct attempt attempt = {
        .plan = &campaign->plan,
        .oracle = &campaign->oracle,
        .check = campaign->options->check,
        .policy = policy,
        .timeout_ns = confirm_time(campaign, trial),
        .follow = campaign->deaths,
    };
    trial_policy(trial, &terms, policy);
    struct defect *defect = NULL;
    if (attempt_run(&attempt, campaign->diag) == 0) {
        campaign_signal(campaign, attempt.result.passed_on);
        if (attempt.result.untraced && !campaign->untraced) {
            campaign->untraced = true;
            diag_warn(campaign->diag, "the kernel refused to have the program traced, so "
                                      "crashes are not diagnosed");
        }
        defect = attempt.result.passed_on ? NULL : attempt_defect(&attempt, defects);
        if (defect && !agrees(trial, defect)) {
            defect_free(defect);
            defect = NULL;
        }
        attempt_destroy(&attempt);
    }
    return defect;
}

/** Give a group's trials the outcome that the confirmation showed; how many there are. */
static size_t mark_group(struct campaign *campaign, const struct trial *first,
                         const struct defect *defect) {
    const struct trial like = *first;
    bool masked = may_be_masked(campaign, first);
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        bool wanted = masked ? may_be_masked(campaign, trial) : wants_confirmation(trial);
        if (wanted && is_same_group(trial, &like)) {
            trial->confirmed = masked || defect;
            trial->flaky = !trial->confirmed;
            trial->outcome = defect   ? defect->finding.verdict.outcome
                             : masked ? trial->outcome
                                      : OUTCOME_FLAKY;
            trial->cause = defect ? defect->cause : 0;
            count++;
        }
    }
    return count;
}

/** Confirm one group; 0 on success. */
static int confirm_group(struct campaign *campaign, struct defects *defects,
                         const struct trial *trial) {
    struct defect *defect = NULL;
    int stopped_by = campaign->stopped_by;
    int tries = may_be_masked(campaign, trial)      ? 1
                : campaign_terms(campaign).by_stack ? TRIES_MOVED
                                                    : TRIES;
    campaign->stopped_by = 0;
    for (int i = 0; i < tries && !defect && !campaign->stopped_by; i++) {
        defect = try_again(campaign, defects, trial);
    }
    if (campaign->stopped_by) {
        defect_free(defect);
        return -1;
    }
    campaign->stopped_by = stopped_by;
    if (defect) {
        defect->trial = trial;
        defect->cause = defects_cause(defects, &defect->finding);
    }
    size_t count = mark_group(campaign, trial, defect);
    if (!defect) {
        return 0;
    }
    defect = defects_add(defects, defect);
    if (!defect) {
        diag_no_memory(campaign->diag);
        return -1;
    }
    defect->trials += count;
    return 0;
}

int confirm_trials(struct campaign *campaign, struct defects *defects) {
    int aborts = 0, hangs = 0, masked = 0;
    uint64_t now = clock_now();
    uint64_t time = 2 * (now - campaign->started_ns);
    uint64_t until = now + (time > TIME_MIN ? time : TIME_MIN);
    // Without a sign that something broke, looking costs no more than trying did.
    uint64_t idle = now + (campaign->trying_ns > MASKED_TIME_MIN ? campaign->trying_ns
                                                                 : MASKED_TIME_MIN);
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        bool abort = trial->outcome == OUTCOME_ABORTED;
        bool hang = trial->outcome == OUTCOME_HUNG;
        bool maybe = may_be_masked(campaign, trial);
        if (!(wants_confirmation(trial) || maybe) || (abort && aborts >= ABORTS_MAX) ||
            (hang && hangs >= HANGS_MAX) ||
            (maybe && (masked >= MASKED_MAX || clock_now() >= idle)) ||
            clock_now() >= until) {
            continue;
        }
        aborts += abort;
        hangs += hang;
        masked += maybe;
        if (confirm_group(campaign, defects, trial) != 0) {
            return -1;
        }
    }
    defects_sort(defects);
    return 0;
}
