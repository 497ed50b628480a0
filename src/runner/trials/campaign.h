// SPDX-License-Identifier: MIT
/** A campaign: what the steps of an exploration share. */
#ifndef MF_RUNNER_TRIALS_CAMPAIGN_H
#define MF_RUNNER_TRIALS_CAMPAIGN_H

#include "runner/code/unpack.h"
#include "runner/run/preflight.h"
#include "runner/trials/judge.h"
#include "runner/trials/progress.h"
#include "runner/trials/trial.h"
#include "runner/util/diag.h"
#include "runner/util/helper.h"

/** The most jobs at the same time. */
#define CAMPAIGN_JOBS_MAX 64

enum strategy {
    STRATEGY_AUTO,
    STRATEGY_IN_PLACE,
    STRATEGY_FRESH,
};

/** What the user wants. */
struct campaign_options {
    /** PROGRAM and its arguments. */
    char **argv;
    const char *arm;
    /** NULL = none. */
    const char *input, *prepare, *check;
    bool scratch;
    /** Files that are part of the outcome. */
    const char **watch;
    size_t watch_count;
    /** One more than the enum mf_allocator that serves it; 0 = the usual one. */
    uint32_t allocator;
    enum strategy strategy;
    /** A set of 1 << enum trial_mode. */
    unsigned modes;
    struct points_choice choice;
    unsigned jobs;
    /** Whether processes of their own run one at a time, for they share files. */
    bool serial;
    /** 0 = none; a time-out that is derived from the oracle. */
    uint64_t budget_ns, timeout_ns, max;
    /** The results directory, and the file of known findings; NULL = none. */
    const char *directory, *baseline;
    /** Earlier results to go on from; NULL = none. */
    const char *resume;
    bool update_baseline;
    /** Whether leaks are looked for. */
    bool leaks;
    /** Whether the processes that come of PROGRAM have points and deaths, too. */
    bool follow;
    /** Whether aborts count as defects. */
    bool aborts;
};

struct campaign {
    const struct campaign_options *options;
    const struct diag *diag;
    const struct preflight *preflight;
    struct job_plan plan;
    struct watch watch;
    struct signals signals;
    struct oracle oracle;
    struct points points;
    /** In the order they are wanted in. */
    struct trial *trials;
    size_t trial_count;
    size_t done;
    /** How many of those earlier results had. */
    size_t resumed;
    /** Done in place; and inferred. */
    size_t in_place, inferred;
    /** Why others were not done so, by enum mf_point_state; the last ones are our own. */
    size_t unsuited[16];
    /** Failures that came at another stack than in the clean runs, or not at all, while
     * they were placed by number. */
    size_t moved;
    /** Why nothing more is done in place, in words; NULL = it is. */
    const char *not_in_place;
    uint64_t started_ns, until_ns;
    /** Whether the deaths of other processes count. */
    bool deaths;
    /** How long trying took, without the clean runs and confirming. */
    uint64_t trying_ns;
    /** The signal that ended it early; 0 = none. */
    int stopped_by;
    /** Whether runs could not be started, so that not all was tried. */
    bool cut_short;
    /** Whether the results directory has all of it. */
    bool written;
    /** Whether tracing was refused, of which the user has been told. */
    bool untraced;
    bool out_of_time;
    struct progress progress;
    /** What builds the effect barrier; NULL where nothing is done in place. */
    struct helper *barrier;
    /** What naming crashes will want; NULL = nothing. */
    struct unpack *unpack;
};

/** Reasons of `unsuited` of our own: it may have written what is watched; the number was
 * another stack's; the effect barrier stopped it. */
#define CAMPAIGN_WATCH   13
#define CAMPAIGN_MOVED   14
#define CAMPAIGN_BARRIER 15

/** Whether trials are still to be started. */
bool campaign_goes_on(struct campaign *campaign);

/** Note what a signal to the runner means. */
void campaign_signal(struct campaign *campaign, int number);

/** The policies' terms. */
struct trial_terms campaign_terms(const struct campaign *campaign);

/**
 * Whether a failure came where it was wanted. Where it did not, numbers move from run to
 * run though the clean runs did not show it: from now on failures are placed by stack.
 *
 * @stack_id
 *         The stack it came at, 0 = unknown.
 */
bool campaign_is_placed(struct campaign *campaign, const struct trial *trial,
                        uint64_t stack_id);

/** Count a trial whose outcome is known. */
void campaign_count(struct campaign *campaign, const struct trial *trial);

/** Judge a trial that has ended, and count it. */
void campaign_judge(struct campaign *campaign, struct trial *trial,
                    const struct end *end);

#endif
