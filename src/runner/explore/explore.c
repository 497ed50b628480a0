// SPDX-License-Identifier: MIT
#include "runner/explore/explore.h"

#include "runner/explore/conclusion.h"
#include "runner/explore/listing.h"
#include "runner/explore/pending.h"
#include "runner/explore/report_clean.h"
#include "runner/explore/report_explore.h"
#include "runner/explore/trying.h"
#include "runner/explore/untested.h"
#include "runner/formats/finding_text.h"
#include "runner/inplace/barrier.h"
#include "runner/inplace/inplace.h"
#include "runner/report/report.h"
#include "runner/report/report_json.h"
#include "runner/results/resume.h"
#include "runner/results/suppressions.h"
#include "runner/target/image.h"
#include "runner/target/tree.h"
#include "runner/trials/attempt.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/status.h"
#include "runner/util/wrap.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** What a clean run may take, where nothing else is said. */
#define CLEAN_TIMEOUT (60 * CLOCK_SECOND)
/** From so many failures on it is looked at what a run retries, and some. */
#define RETRIES_MIN 10000

static void plan(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    const struct selection *selection = &options->choice.selection;
    uint64_t clean = options->timeout_ns ? options->timeout_ns : CLEAN_TIMEOUT;
    campaign->plan = (struct job_plan){
        .path = campaign->preflight->program.path,
        .argv = options->argv,
        .preload = campaign->preflight->preload,
        .patches = &campaign->preflight->patches.plan,
        .later = &campaign->preflight->later,
        .breakpoints = &campaign->preflight->breakpoints,
        .environment = preflight_environment(campaign->preflight),
        .allocator = options->allocator ? options->allocator : 1 + MF_ALLOCATOR_NEXT,
        .input = options->input,
        .scratch = options->scratch,
        .prepare = options->prepare,
        .watch = &campaign->watch,
        .file_max = CAPTURE_MAX,
        .size_min = selection->sized ? selection->above + 1 : 0,
        .after_ns = selection->after_ns,
        .follow = options->follow,
        .behind = options->choice.behind[0] != '\0',
        .leaks = options->leaks,
        .wrappers = wrappers_by_name(&options->choice.wrappers),
        .timeout_ns =
            options->budget_ns && options->budget_ns < clean ? options->budget_ns : clean,
        .traced = environment_is_traced(preflight_environment(campaign->preflight)),
        .signals = &campaign->signals,
    };
}

/** Whether the modules that are wanted allocate; 0, or the exit status. */
static int check_modules(const struct campaign *campaign) {
    const struct points_choice *choice = &campaign->options->choice;
    const struct stacks *stacks = &campaign->oracle.stacks;
    if (stacks->count > 0 && stacks->stacks_out == stacks->count &&
        choice->only_function.count + choice->skip_function.count > 0) {
        diag_error(campaign->diag,
                   "nothing was tested: --only-function and --skip-function leave no "
                   "allocation (names are the linker's, or as C++ and Rust write them)");
        return campaign->options->nothing;
    }
    if (campaign->points.in_all == 0 && (selection_has_numbers(&choice->selection) ||
                                         selection_has_facts(&choice->selection))) {
        diag_error(campaign->diag,
                   "nothing was tested: %s selects none of %" PRIu64 " allocation%s",
                   selection_name(&choice->selection), campaign->oracle.count,
                   plural(campaign->oracle.count));
        return campaign->options->nothing;
    }
    if (stacks->count > 0 && stacks->stacks_out == stacks->count) {
        char names[512];
        stacks_names(stacks, names, sizeof(names));
        diag_error(campaign->diag,
                   "nothing was tested: --only-module and --skip-module leave no "
                   "allocation; these modules allocate: %s",
                   names);
        return campaign->options->nothing;
    }
    conclusion_check_choice(campaign);
    wrappers_check(&campaign->wrappers, &choice->wrappers, campaign->diag);
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

/** Run a program that crashes by itself once more, looked at, and tell where it does; the
 * exit status. */
static int diagnose_clean(struct campaign *campaign) {
    struct attempt attempt = {
        .plan = &campaign->plan,
        .policy = "{\"version\":1,\"rules\":[]}",
        .timeout_ns = campaign->plan.timeout_ns,
    };
    struct report report;
    const struct document style = {
        .colour = campaign->diag->colour,
        .verbose = campaign->diag->verbose,
    };
    if (campaign->diag->quiet || attempt_run(&attempt, campaign->diag) != 0) {
        return STATUS_FAILED;
    }
    if (report_gather(&report, &attempt.options, &attempt.result) == 0) {
        for (size_t i = 0; i < report.finding_count; i++) {
            finding_text_live(&style, report_json_finding(&report, i), stderr);
        }
        report_destroy(&report);
    }
    attempt_destroy(&attempt);
    return STATUS_FAILED;
}

/** The first operand that is a program; NULL = none. */
static const char *find_wrapped(char *const *argv) {
    for (size_t i = 1; argv[i]; i++) {
        if (argv[i][0] && argv[i][0] != '-' && program_exists(argv[i])) {
            return argv[i];
        }
    }
    return NULL;
}

/** Tell that a program which only runs others ran them where no failure reaches. */
static void tell_unreached(const struct campaign *campaign, const char *wrapped) {
    const struct oracle *oracle = &campaign->oracle;
    char names[OTHERS_NAMES_MAX];
    others_names(&oracle->others.unreached, names);
    const char *name = oracle->others.unreached.count > 0 ? names : wrapped;
    if (!campaign->diag->quiet) {
        report_complaint(oracle, stderr);
    }
    diag_error(campaign->diag,
               "nothing was tested: %s runs %s where the library does not reach it%s: "
               "test %s itself",
               oracle->image, name,
               oracle->others.unreached.count > 0 ? "" : ", or does not wait for it",
               name);
}

/** What is tested in place of the program, which only runs it; NULL = nothing is. */
static const struct others_entry *find_behind(const struct campaign *campaign) {
    return others_behind(&campaign->oracle.others, campaign->options->argv);
}

/** Whether the program only runs others, which are not tested; the user is told. */
static bool is_launcher(const struct campaign *campaign) {
    const struct oracle *oracle = &campaign->oracle;
    const struct others *others = &oracle->others;
    char names[OTHERS_NAMES_MAX];
    if (campaign->options->follow) {
        return false;
    }
    const char *wrapped =
        others_is_wrapper(oracle->image) ? find_wrapped(campaign->options->argv) : NULL;
    bool launches = others_is_launcher(oracle->image);
    if (others->reached.count == 0 &&
        (wrapped || (launches && others->unreached.count > 0))) {
        tell_unreached(campaign, wrapped);
        return true;
    }
    if (others->reached.count == 0 || !launches) {
        return false;
    }
    const struct others_entry *behind = find_behind(campaign);
    if (behind) {
        diag_note(campaign->diag, "%s %s %s, and that is tested: fresh, behind %s",
                  oracle->image, others->reached.count > 1 ? "runs" : "only runs",
                  behind->image, oracle->image);
        return true;
    }
    others_names(&others->reached, names);
    diag_error(campaign->diag,
               "nothing was tested: %s only runs others: %s: test one of them, or all of "
               "them with --follow",
               oracle->image, names);
    return true;
}

/** Ask the oracle and choose points; 0, or the exit status. */
static int begin(struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    bool traced = campaign->plan.traced;
    campaign->untraced = !traced;
    progress_say(&campaign->progress, "two clean runs, where nothing fails");
    int status = oracle_ask(&campaign->oracle, &campaign->plan, options->arm,
                            &campaign->defects->modules, campaign->diag);
    progress_clear(&campaign->progress);
    campaign->input_unread = !options->input && pending_input(STDIN_FILENO);
    if (status == ORACLE_NOTHING && campaign->input_unread) {
        diag_note(campaign->diag, CAMPAIGN_INPUT_UNREAD);
    }
    if (status != 0) {
        return status == ORACLE_CRASHED   ? diagnose_clean(campaign)
               : status == ORACLE_NOTHING ? options->nothing
                                          : status;
    }
    if (traced && !campaign->plan.traced) {
        campaign_note_disturbed(campaign);
    }
    if (is_launcher(campaign)) {
        return find_behind(campaign) ? ORACLE_BEHIND : STATUS_FAILED;
    }
    status = later_check(&campaign->oracle.later, &campaign->preflight->patches,
                         campaign->preflight->program.binary, false, campaign->diag);
    if (status != 0) {
        return status;
    }
    others_remove(&campaign->oracle.others.reached, options->choice.behind);
    if (wrappers_find(&campaign->wrappers, &campaign->oracle.stacks,
                      &options->choice.wrappers) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    untested_find(&campaign->unreached, campaign);
    unseen_find(&campaign->unseen, campaign->preflight,
                mf_allocator_align(campaign->plan.allocator - 1) != 0, NULL);
    campaign->plan.retries_min = RETRIES_MIN + 10 * campaign->oracle.count;
    campaign->plan.timeout_ns = options->timeout_ns
                                    ? options->timeout_ns
                                    : 10 * campaign->oracle.elapsed_ns + CLOCK_SECOND;
    campaign->plan.patient = !options->timeout_ns;
    barred_init(&campaign->barred, campaign->oracle.stacks.site_count);
    const struct points_source source = {
        .ids = campaign->oracle.ids,
        .id_count = campaign->oracle.id_count,
        .processes = &campaign->oracle.processes,
        .stacks = &campaign->oracle.stacks,
    };
    if (points_choose(&campaign->points, &source, &options->choice) != 0) {
        diag_no_memory(campaign->diag);
        return STATUS_FAILED;
    }
    if (!campaign->diag->quiet) {
        struct wrap wrap;
        report_oracle(campaign, wrap_begin(&wrap));
        wrap_end(&wrap);
    }
    return check_modules(campaign);
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

/** Why no allocation failed. */
static const char *why_nothing(const struct campaign *campaign) {
    if (campaign->options->choice.shards > 0 && campaign->points.in_all > 0 &&
        campaign->points.count == 0) {
        return "all points are in other parts (--shard)";
    }
    return campaign->out_of_time && campaign->done + campaign->missed == 0
               ? "the budget was spent before a failure was tried"
           : campaign->done + campaign->missed == 0
               ? "no failure was tried"
               : "no run reached the allocation that was to fail";
}

/** The exit status that follows from what was found. */
static int judge(const struct campaign *campaign, const void *context) {
    (void)context;
    int number = campaign->stopped_by ? campaign->stopped_by : campaign->unnamed_by;
    if (number) {
        return STATUS_SIGNALLED + number;
    }
    if (campaign->cut_short && campaign->done == 0) {
        return STATUS_FAILED;
    }
    if (reached(campaign) == 0) {
        diag_error(campaign->diag, "nothing was tested: %s", why_nothing(campaign));
        return campaign->options->nothing;
    }
    json_t *kept = resume_kept(campaign, campaign->defects);
    bool any = resume_count(kept, true) > 0;
    json_decref(kept);
    if (any || conclusion_has_defects(campaign)) {
        return STATUS_DEFECT;
    }
    if (campaign->unchecked > 0 && campaign->unchecked == campaign->checked) {
        diag_error(campaign->diag, "the command of --check judged no run: it must exit "
                                   "with 0 (correct) or 1 (wrong)");
        return STATUS_FAILED;
    }
    return campaign->cut_short ? STATUS_FAILED : STATUS_GOOD;
}

/** Name, write and tell what was found; the exit status. */
static int tell(struct campaign *campaign, const struct destinations *reports) {
    struct defects *defects = campaign->defects;
    progress_say(&campaign->progress, "naming what was found");
    int status = conclusion_write(campaign, reports, judge, NULL);
    struct wrap wrap;
    FILE *stream = wrap_begin(&wrap);
    if (!campaign->diag->quiet) {
        report_campaign(campaign, defects, stream);
    } else {
        report_brief(campaign, defects, stream);
    }
    wrap_end(&wrap);
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
    campaign->tree = &tree;
    progress_begin(&campaign->progress, campaign->diag->quiet, campaign->until_ns);
    int status = watch(campaign);
    if (status == 0) {
        status = begin(campaign);
    }
    if (status == 0 && !campaign->options->list) {
        campaign->trying_since_ns = clock_now();
        status = trying(campaign);
        campaign->trying_ns = clock_now() - campaign->trying_since_ns;
    }
    tree_kill_strays(&tree);
    if (status == 0) {
        status =
            campaign->options->list ? listing_print(campaign) : tell(campaign, reports);
    }
    campaign->tree = NULL;
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
    struct suppressions suppressions = {0};
    struct campaign campaign = {
        .options = options,
        .diag = diag,
        .preflight = preflight,
        .oracle = {.streams = {{-1}, {-1}}},
        .defects = &defects,
        .suppressions = &suppressions,
        .started_ns = clock_now(),
    };
    // Before the work, which would be lost.
    int status = conclusion_foresee(&campaign, reports);
    if (status != 0) {
        return status;
    }
    campaign.until_ns = conclusion_until(&campaign);
    plan(&campaign);
    status = conduct(&campaign, reports);
    struct campaign_options behind = *options;
    if (status == ORACLE_BEHIND) {
        behind.follow = true;
        memcpy(behind.choice.behind, find_behind(&campaign)->image,
               sizeof(behind.choice.behind));
    }
    conclusion_release(&campaign);
    return status == ORACLE_BEHIND ? explore(&behind, reports, preflight, diag) : status;
}
