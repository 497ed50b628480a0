// SPDX-License-Identifier: MIT
#include "runner/explore/explore.h"

#include "runner/explore/report_explore.h"
#include "runner/results/baseline.h"
#include "runner/results/results.h"
#include "runner/results/resume.h"
#include "runner/target/image.h"
#include "runner/target/tree.h"
#include "runner/trials/barrier.h"
#include "runner/trials/doubts.h"
#include "runner/trials/fresh.h"
#include "runner/trials/inplace.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What a clean run may take, where nothing else is said. */
#define CLEAN_TIMEOUT (60 * CLOCK_SECOND)
/** A run that only fails again and again is seen by so many failures, and some. */
#define SPIN_MIN 100000
/** The most second failures that are tried with one first. */
#define SECONDS_MAX 8

static void plan(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    campaign->plan = (struct job_plan){
        .path = campaign->preflight->program.path,
        .argv = options->argv,
        .preload = campaign->preflight->preload,
        .environment = preflight_environment(campaign->preflight),
        .allocator = options->allocator ? options->allocator : 1 + MF_ALLOCATOR_NEXT,
        .input = options->input,
        .scratch = options->scratch,
        .prepare = options->prepare,
        .watch = &campaign->watch,
        .follow = options->follow,
        .leaks = options->leaks,
        .timeout_ns = options->timeout_ns ? options->timeout_ns : CLEAN_TIMEOUT,
        // valgrind lives with faults, and diagnoses what it runs.
        .traced = preflight_environment(campaign->preflight) != ENVIRONMENT_VALGRIND,
        .signals = &campaign->signals,
    };
}

/** Tell of patterns that no stack matches. */
static void check_globs(const struct campaign *campaign, const struct stacks_globs *globs,
                        const char *option) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    for (unsigned i = 0; i < globs->count; i++) {
        bool any = false;
        for (size_t k = 0; k < stacks->count && !any; k++) {
            any = stacks_match(stacks, &stacks->list[k], globs->list[i]);
        }
        if (!any) {
            diag_warn(campaign->diag, "%s '%s' matches no module that allocates", option,
                      globs->list[i]);
        }
    }
}

/** Whether the modules that are wanted allocate; 0, or the exit status. */
static int check_modules(const struct campaign *campaign) {
    const struct points_choice *choice = &campaign->options->choice;
    const struct stacks *stacks = &campaign->oracle.stacks;
    if (stacks->count > 0 && stacks->stacks_out == stacks->count) {
        char names[512];
        stacks_names(stacks, names, sizeof(names));
        diag_error(campaign->diag,
                   "nothing was tested: --only-module and --skip-module leave no "
                   "allocation; these modules allocate: %s",
                   names);
        return STATUS_FAILED;
    }
    check_globs(campaign, &choice->only, "--only-module");
    check_globs(campaign, &choice->skip, "--skip-module");
    return 0;
}

/** Begin to watch files; 0 on success, or the exit status. */
static int watch(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    campaign->watch = (struct watch){
        .names = options->watch,
        .count = options->watch_count,
        .scratch = options->scratch,
    };
    const char *faulty = watch_begin(&campaign->watch);
    if (!faulty) {
        return 0;
    }
    diag_error(campaign->diag, "cannot watch '%s': %s", faulty, watch_fault(errno));
    return STATUS_FAILED;
}

/** Ask the oracle and choose points; 0, or the exit status. */
static int begin(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    int status = oracle_ask(&campaign->oracle, &campaign->plan, options->arm,
                            &campaign->defects->modules, campaign->diag);
    if (status != 0) {
        return status;
    }
    campaign->plan.spin_max = SPIN_MIN + 100 * campaign->oracle.count;
    if (!options->timeout_ns) {
        campaign->plan.timeout_ns = 10 * campaign->oracle.elapsed_ns + CLOCK_SECOND;
    }
    if (points_choose(&campaign->points, &campaign->oracle, &options->choice) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    if (!campaign->diag->quiet) {
        report_oracle(campaign, stderr);
    }
    return check_modules(campaign);
}

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

/** Add a trial of each point; 0 on success. */
static int add_mode(struct campaign *campaign, enum trial_mode mode) {
    if (!(campaign->options->modes & (1u << mode))) {
        return 0;
    }
    for (size_t i = 0; i < campaign->points.count; i++) {
        if (add_trial(campaign, &campaign->points.list[i], mode, 0) != 0) {
            return -1;
        }
    }
    return 0;
}

/** Add trials of second failures to those that lived on after one; 0 on success. */
static int add_pairs(struct campaign *campaign) {
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
        }
    }
    return 0;
}

/** Try all that is open; 0 on success. */
static int try_open(struct campaign *campaign) {
    const char *earlier = campaign->options->resume;
    if (earlier && resume_trials(campaign, earlier) != 0) {
        return -1;
    }
    campaign->progress.done = campaign->done;
    campaign->progress.total = campaign->trial_count;
    if (inplace_trials(campaign) != 0) {
        return -1;
    }
    return fresh_trials(campaign) == 0 ? doubts_settle(campaign) : -1;
}

/** Try everything; 0, or the exit status. */
static int try_all(struct campaign *campaign) {
    if (add_mode(campaign, TRIAL_ONCE) != 0 ||
        add_mode(campaign, TRIAL_PERSISTENT) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    int bad = try_open(campaign);
    size_t before = campaign->trial_count;
    if (!bad && add_pairs(campaign) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    if (!bad && campaign->trial_count > before) {
        bad = try_open(campaign);
    }
    progress_clear(&campaign->progress);
    campaign->cut_short = bad;
    return bad && campaign->done == 0 ? STATUS_FAILED : 0;
}

/** How many trials made an allocation fail. */
static size_t reached(const struct campaign *campaign) {
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        count += trial->state == TRIAL_DONE && trial->failed > 0;
    }
    return count;
}

/** The exit status that follows from what was found. */
static int judge(const struct campaign *campaign, const struct defects *defects) {
    const struct points_choice *choice = &campaign->options->choice;
    if (choice->shards > 0 && campaign->trial_count == 0) {
        diag_note(campaign->diag,
                  "all points are in other parts than %" PRIu64 "/%" PRIu64,
                  choice->shard + 1, choice->shards);
        return STATUS_GOOD;
    }
    if (reached(campaign) == 0) {
        diag_error(campaign->diag, "nothing was tested: %s",
                   campaign->done == 0
                       ? "no failure was tried"
                       : "no run came to the allocation that was to fail");
        return STATUS_FAILED;
    }
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (!defect->known && defect_counts(defect, campaign->options->aborts)) {
            return STATUS_DEFECT;
        }
    }
    return campaign->cut_short ? STATUS_FAILED : STATUS_GOOD;
}

/** Name, write and tell what was found; the exit status. */
static int tell(struct campaign *campaign, const struct destinations *reports) {
    struct defects *defects = campaign->defects;
    int status = STATUS_FAILED;
    symbols_expect(defects->symbols, campaign->unpack);
    if (campaign_settle(campaign) == 0 && baseline_apply(campaign, defects) == 0 &&
        results_write(campaign, defects) == 0) {
        campaign->written = true;
        status = judge(campaign, defects);
    }
    if (reports->count > 0 &&
        destinations_write(
            reports,
            results_document(campaign, defects, destinations_want_trials(reports)),
            campaign->options->directory, campaign->diag) != 0) {
        status = STATUS_FAILED;
    }
    if (!campaign->diag->quiet) {
        report_campaign(campaign, defects, stderr);
    }
    return status;
}

/** Do all of it; the exit status. */
static int conduct(struct campaign *campaign, const struct destinations *reports) {
    struct tree tree;
    signals_take(&campaign->signals);
    // Before the tree begins, which spares what is there already.
    campaign->unpack = unpack_new();
    campaign->barrier = inplace_is_wanted(campaign) ? barrier_begin() : NULL;
    tree_begin(&tree);
    int status = watch(campaign);
    if (status == 0) {
        status = begin(campaign);
    }
    if (status == 0) {
        progress_begin(&campaign->progress, campaign->diag->quiet);
        uint64_t before = clock_now();
        status = try_all(campaign);
        campaign->trying_ns = clock_now() - before;
    }
    tree_kill_strays(&tree);
    if (status == 0) {
        status = tell(campaign, reports);
    }
    tree_end(&tree);
    helper_free(campaign->barrier);
    unpack_free(campaign->unpack);
    signals_drop();
    signals_restore(&campaign->signals);
    watch_end(&campaign->watch);
    return status;
}

int explore(const struct campaign_options *options, const struct destinations *reports,
            const struct preflight *preflight, const struct diag *diag) {
    struct defects defects;
    struct campaign campaign = {
        .options = options,
        .diag = diag,
        .preflight = preflight,
        .oracle = {.streams = {{-1}, {-1}}},
        .defects = &defects,
        .started_ns = clock_now(),
    };
    // Before the work, which would be lost.
    if (results_foresee(options->directory) != 0) {
        diag_error(diag, "cannot write the results to '%s': %s", options->directory,
                   results_fault(errno));
        return STATUS_FAILED;
    }
    if (defects_init(&defects) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    campaign.until_ns =
        options->budget_ns ? campaign.started_ns + options->budget_ns : CLOCK_NEVER;
    plan(&campaign);
    int status = conduct(&campaign, reports);
    sightings_destroy(&campaign.sightings);
    glimpses_destroy(&campaign.glimpses);
    defects_destroy(&defects);
    free(campaign.trials);
    points_destroy(&campaign.points);
    oracle_destroy(&campaign.oracle);
    return status;
}
