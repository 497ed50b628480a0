// SPDX-License-Identifier: MIT
#include "runner/explore/conclusion.h"

#include "core/policy/glob.h"
#include "runner/results/baseline.h"
#include "runner/results/coverage.h"
#include "runner/results/exploration_json.h"
#include "runner/results/results.h"
#include "runner/results/suppressions.h"
#include "runner/util/clock.h"
#include "runner/util/path.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>

/** What is left of the budget when trials end, to name, write and tell: so much and a part
 * of it, but no larger part than that. */
#define REST_TIME     (300 * CLOCK_MILLISECOND)
#define REST_PART     33
#define REST_PART_MAX 10

uint64_t conclusion_until(const struct campaign *campaign) {
    uint64_t budget = campaign->options->budget_ns;
    uint64_t rest = REST_TIME + budget / REST_PART, most = budget / REST_PART_MAX;
    return budget ? campaign->started_ns + budget - (rest < most ? rest : most)
                  : CLOCK_NEVER;
}

int conclusion_foresee(struct campaign *campaign, const struct destinations *reports) {
    const struct campaign_options *options = campaign->options;
    const struct diag *diag = campaign->diag;
    if (results_foresee(options->directory) != 0) {
        diag_error(diag, "cannot write the results to '%s': %s", options->directory,
                   results_fault(errno));
        return STATUS_FAILED;
    }
    if (destinations_try(reports, diag) != 0 || baseline_foresee(options, diag) != 0 ||
        suppressions_begin(campaign->suppressions, options, diag) != 0) {
        suppressions_destroy(campaign->suppressions);
        return STATUS_FAILED;
    }
    if (defects_init(campaign->defects) != 0) {
        suppressions_destroy(campaign->suppressions);
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    campaign->defects->wrappers = &campaign->wrappers;
    return 0;
}

int conclusion_write(struct campaign *campaign, const struct destinations *reports,
                     conclusion_judge *judge, const void *context) {
    struct defects *defects = campaign->defects;
    int status = STATUS_FAILED;
    symbols_expect(defects->symbols, campaign->unpack);
    int settled = campaign_settle(campaign);
    coverage_name(campaign);
    if (settled == 0 && suppressions_apply(campaign, defects) == 0 &&
        baseline_apply(campaign, defects) == 0 && results_write(campaign, defects) == 0) {
        campaign->written = true;
        status = judge(campaign, context);
    }
    progress_clear(&campaign->progress);
    campaign->unwritten = !campaign->written;
    if (reports->count > 0 &&
        destinations_write(
            reports,
            exploration_json(campaign, defects, destinations_want_trials(reports)),
            campaign->options->directory, campaign->diag) != 0) {
        status = STATUS_FAILED;
    }
    return status;
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

/** Tell of patterns for functions that match none. */
static void check_functions(const struct campaign *campaign,
                            const struct stacks_globs *globs, uint32_t unused,
                            const char *option) {
    for (unsigned i = 0; i < globs->count; i++) {
        if (unused >> i & 1) {
            diag_warn(campaign->diag, "%s '%s' matches no function that allocates",
                      option, globs->list[i]);
        }
    }
}

/** Tell of patterns of --broke-in that match no module of a stack: nothing would count. */
static void check_broke_in(const struct campaign *campaign) {
    const struct modules *modules = &campaign->oracle.stacks.modules;
    const struct campaign_options *options = campaign->options;
    for (size_t i = 0; i < options->broke_in_count; i++) {
        const char *glob = options->broke_in[i];
        bool any = false;
        for (size_t k = 0; k < modules->count && !any; k++) {
            const char *path = modules->entries[k].path;
            any = mf_glob_match(glob, path) || mf_glob_match(glob, path_base(path));
        }
        if (!any) {
            diag_warn(campaign->diag, "--broke-in '%s' matches no module that allocates",
                      glob);
        }
    }
}

void conclusion_check_choice(const struct campaign *campaign) {
    const struct points_choice *choice = &campaign->options->choice;
    check_globs(campaign, &choice->only, "--only-module");
    check_globs(campaign, &choice->skip, "--skip-module");
    check_functions(campaign, &choice->only_function, campaign->points.only_unused,
                    "--only-function");
    check_functions(campaign, &choice->skip_function, campaign->points.skip_unused,
                    "--skip-function");
    check_broke_in(campaign);
}

bool conclusion_has_defects(const struct campaign *campaign) {
    const struct defects *defects = campaign->defects;
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (!defect->known && defect_counts(defect, campaign->options->aborts)) {
            return true;
        }
    }
    return false;
}

void conclusion_release(struct campaign *campaign) {
    sightings_destroy(&campaign->sightings);
    glimpses_destroy(&campaign->glimpses);
    glimpses_destroy(&campaign->steps);
    retries_destroy(&campaign->retries);
    barred_destroy(&campaign->barred);
    defects_destroy(campaign->defects);
    free(campaign->trials);
    free(campaign->turns);
    free(campaign->resumed_causes);
    json_decref(campaign->resumed_findings);
    json_decref(campaign->own_ends);
    points_destroy(&campaign->points);
    wrappers_destroy(&campaign->wrappers);
    oracle_destroy(&campaign->oracle);
    suppressions_destroy(campaign->suppressions);
}
