// SPDX-License-Identifier: MIT
#include "runner/results/exploration_json.h"

#include "runner/harness/testname.h"
#include "runner/report/finding_json.h"
#include "runner/results/chosen.h"
#include "runner/results/coverage.h"
#include "runner/results/fingerprint.h"
#include "runner/results/left_json.h"
#include "runner/results/resume.h"
#include "runner/results/serve_json.h"
#include "runner/results/tests_json.h"
#include "runner/results/unreached_json.h"
#include "runner/trials/circumstances.h"
#include "runner/util/clock.h"
#include "runner/util/exact.h"
#include "runner/util/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

/** What runs are given. */
static struct circumstances circumstances_of(const struct campaign *campaign) {
    const struct campaign_options *options = campaign->options;
    const struct served none = {0};
    const struct served *served = campaign->served ? campaign->served : &none;
    return (struct circumstances){
        .input = options->input,
        .prepare = options->prepare,
        .check = options->check,
        .expect_status = options->demands.status,
        .expect_message = options->demands.message,
        .strict = options->demands.strict,
        .scratch = options->scratch,
        .leaks = options->leaks,
        .wrappers = options->choice.wrappers,
        .watch = options->watch,
        .watch_count = options->watch_count,
        .ready = served->ready,
        .drive = served->drive,
        .health = served->health,
        .ready_ns = served->ready_ns,
    };
}

char *const *exploration_argv(const struct campaign *campaign,
                              const struct trial *trial) {
    const struct command_line *command = tests_command(campaign, trial);
    return command ? command->argv : campaign->options->argv;
}

json_t *exploration_trial_run_json(const struct campaign *campaign,
                                   const struct trial *trial) {
    struct circumstances circumstances = circumstances_of(campaign);
    const struct command_line *command = tests_command(campaign, trial);
    if (command) {
        circumstances.program = command->program;
        circumstances.directory = command->directory;
        circumstances.environment = command->environment;
        circumstances.input = command->input;
        circumstances.piped = command->piped;
    }
    circumstances.timeout_ns = campaign_replay_time(campaign, trial);
    circumstances.file_max = campaign->plan.file_max;
    return circumstances_json(&circumstances);
}

/** The functions that fail by their names. */
static json_t *named_json(const struct campaign_options *options) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < options->named_count; i++) {
        bad |= json_array_append_new(list, json_text(options->named[i]));
    }
    return json_finished(list, bad);
}

/** What fails beside allocations, as --also takes it. */
static json_t *also_json(const struct campaign_options *options) {
    char text[2048];
    struct mf_text list = mf_text_begin(text, sizeof(text));
    mf_text_add(&list, "[");
    mf_functions_write(options->also, &list);
    mf_text_add(&list, "]");
    return json_loads(text, 0, NULL);
}

json_t *exploration_run_json(const struct campaign *campaign) {
    const struct circumstances circumstances = circumstances_of(campaign);
    json_t *object = circumstances_json(&circumstances);
    // That is worked out from how long the clean run takes, and has no part in outcomes
    // but hangs.
    json_object_del(object, "timeout_ms");
    int bad = json_put(object, "follow", json_boolean(campaign->options->follow));
    bad |= json_put(object, "allocation", named_json(campaign->options));
    bad |= json_put(object, "also", also_json(campaign->options));
    return json_finished(object, bad);
}

/** The numbers of the lines that differ between clean runs. */
static json_t *moving_json(const struct steady *steady) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < steady->count && !steady->moves; i++) {
        bad |= json_array_append_new(list, json_count(steady->moving[i]));
    }
    return json_finished(list, bad);
}

static json_t *oracle_json(const struct oracle *oracle) {
    return json_pack(
        "{s:i, s:f, s:o, s:o, s:o*, s:b, s:b, s:o, s:o, s:b, s:b, s:o, s:o, s:i, s:i, s:o}",
        "status", WEXITSTATUS(oracle->status), "seconds",
        (double)oracle->elapsed_ns / (double)CLOCK_SECOND, "allocations",
        json_count(oracle->count), "early", json_count(oracle->early), "before_main",
        oracle->before_main ? json_count(oracle->before_main - 1) : NULL, "drifts",
        oracle->drifts, "stdout_compared", !oracle->steady[0].moves, "stdout_moving",
        moving_json(&oracle->steady[0]), "stdout_timed",
        json_count(oracle->steady[0].timed), "stdout_unordered",
        oracle->steady[0].unordered, "stderr_compared", !oracle->steady[1].moves,
        "stderr_moving", moving_json(&oracle->steady[1]), "stderr_timed",
        json_count(oracle->steady[1].timed), "threads", (int)oracle->threads, "processes",
        (int)oracle->process_count, "left_running", json_count(oracle->left_running));
}

/** The watched files, and whether each is compared. */
static json_t *watched_json(const struct campaign *campaign) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < campaign->oracle.files.count; i++) {
        json_t *entry = json_object();
        int worse = json_put(entry, "file", json_text(campaign->watch.names[i]));
        const struct steady *steady = &campaign->oracle.file_steady[i];
        worse |= json_put(entry, "compared", json_boolean(!steady->moves));
        worse |= json_put(entry, "moving", moving_json(steady));
        worse |= json_put(entry, "timed", json_count(steady->timed));
        bad |= json_array_append_new(list, json_finished(entry, worse));
    }
    return json_finished(list, bad);
}

/** The other processes, in the order that trials number them in. */
static json_t *processes_json(const struct processes *processes) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < processes->count; i++) {
        json_t *entry = json_object();
        int worse = json_put(entry, "image", json_text(processes->list[i].image));
        worse |= json_put(entry, "index", json_count(processes->list[i].index));
        worse |= json_put(entry, "allocations", json_count(processes->list[i].count));
        bad |= json_array_append_new(list, json_finished(entry, worse));
    }
    return json_finished(list, bad);
}

/** Add programs that ran and were not tested to a list; 0 on success. */
static int add_untested(json_t *list, const struct others_list *others, bool reached) {
    int bad = 0;
    for (size_t i = 0; i < others->count; i++) {
        const struct others_entry *other = &others->entries[i];
        json_t *entry = json_object();
        int worse = json_put(entry, "image", json_text(other->image));
        worse |= json_put(entry, "processes", json_count(other->processes));
        worse |= json_put(entry, "allocations",
                          reached ? json_count(other->allocations) : json_null());
        worse |= json_put(entry, "why", json_optional(other->why));
        bad |= json_array_append_new(list, json_finished(entry, worse));
    }
    return bad;
}

/** The programs that ran and were not tested. */
static json_t *untested_json(const struct others *others) {
    json_t *list = json_array();
    int bad = add_untested(list, &others->before, true);
    bad |= add_untested(list, &others->reached, true);
    bad |= add_untested(list, &others->unreached, false);
    return json_finished(list, bad);
}

static json_t *trial_json(const struct campaign *campaign, const struct trial *trial) {
    const struct command_line *command = tests_command(campaign, trial);
    json_t *object = json_object();
    int bad = json_put(object, "number", json_count(trial->point.number));
    bad |= json_put(object, "process", json_count(trial->point.process));
    bad |= json_put(object, "second", json_count(trial->second));
    bad |= json_put(object, "mode", json_string(trial_mode_name(trial->mode)));
    bad |= json_put(object, "stack_id", json_id(trial->stack_id));
    bad |= json_put(object, "outcome", json_string(outcome_name(trial->outcome)));
    bad |= json_put(object, "wait_status", json_integer(trial->status));
    bad |= json_put(object, "seen", json_count(trial->seen));
    bad |= json_put(object, "failed", json_count(trial->failed));
    bad |= json_put(object, "spinning", json_boolean(trial->spinning));
    bad |= json_put(object, "in_place", json_boolean(trial->in_place));
    bad |= json_put(object, "inferred", json_boolean(trial->inferred));
    bad |= json_put(object, "recognised", json_boolean(trial->recognised));
    bad |= json_put(object, "cause", trial->cause ? json_id(trial->cause) : json_null());
    bad |= command ? json_put(object, "test", json_count(command->number)) : 0;
    bad |= campaign->served ? serve_json_put(object, trial) : 0;
    return json_finished(object, bad);
}

/** triallist's. */
static json_t *get_trial(const void *from, size_t at) {
    const struct campaign *campaign = from;
    const struct trial *trial = &campaign->trials[at];
    return trial->state == TRIAL_DONE ? trial_json(campaign, trial) : json_null();
}

struct triallist exploration_trials(const struct campaign *campaign) {
    return (struct triallist){campaign, campaign->trial_count, get_trial};
}

/** All trials as an array. */
static json_t *trials_json(const struct triallist *trials) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < trials->count && !bad; i++) {
        json_t *trial = trials->get(trials->from, i);
        bad = !trial || (!json_is_null(trial) && json_array_append(list, trial) != 0);
        json_decref(trial);
    }
    return json_finished(list, bad);
}

/** The failures that were not reached. */
static json_t *missed_json(const struct campaign *campaign) {
    enum campaign_after after = campaign->after;
    json_t *object = json_object();
    int bad = json_put(object, "failures", json_count(campaign->missed));
    bad |= json_put(object, "run_alone", json_count(campaign->run_alone));
    bad |= json_put(object, "reached_alone", json_count(campaign->reached_alone));
    bad |= json_put(object, "left_behind",
                    after == CAMPAIGN_AFTER_UNKNOWN
                        ? json_null()
                        : json_boolean(after == CAMPAIGN_AFTER_MOVED));
    return json_finished(object, bad);
}

/** Why failures were not tried in place. */
static json_t *unsuited_json(const struct campaign *campaign) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < CAMPAIGN_REASONS; i++) {
        if (campaign->unsuited[i] && campaign_reason(i)) {
            bad |= json_array_append_new(
                list, json_pack("{s:s, s:o}", "reason", campaign_reason(i), "failures",
                                json_count(campaign->unsuited[i])));
        }
    }
    bool broken = campaign->preflight && campaign->preflight->breakpoints.patches;
    if (broken && campaign->not_in_place && campaign->done > 0) {
        bad |= json_array_append_new(
            list, json_pack("{s:s, s:o}", "reason", campaign->not_in_place, "failures",
                            json_count(campaign->done - campaign->in_place -
                                       campaign->inferred)));
    }
    return json_finished(list, bad);
}

/** Of which failures it is not known whether they leak. */
static json_t *leaks_unknown_json(const struct campaign *campaign) {
    json_t *list = json_array();
    size_t counts[LEAKINGS];
    int bad = 0;
    trial_count_leaks(campaign->trials, campaign->trial_count, counts);
    for (size_t i = LEAKING_KNOWN + 1; i < LEAKINGS; i++) {
        if (counts[i]) {
            bad |=
                json_array_append_new(list, json_pack("{s:s, s:o}", "reason",
                                                      trial_leaks_words((enum leaking)i),
                                                      "failures", json_count(counts[i])));
        }
    }
    return json_finished(list, bad);
}

static json_t *outcomes_json(const struct campaign *campaign) {
    json_t *object = json_object();
    size_t counts[OUTCOME_COUNT] = {0};
    int bad = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        counts[campaign->trials[i].outcome] += campaign->trials[i].state == TRIAL_DONE;
    }
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        bad |= json_put(object, outcome_name(i), json_count(counts[i]));
    }
    return json_finished(object, bad);
}

static json_t *signatures_json(const struct defect *defect) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < defect->signature_count; i++) {
        bad |= json_array_append_new(list, json_id(defect->signatures[i]));
    }
    return json_finished(list, bad);
}

/** What a trial is asked for; a cause of 0 = any. */
struct cause_of {
    const struct campaign *campaign;
    uint64_t cause;
};

static bool is_of_cause(const void *context, size_t trial) {
    const struct cause_of *wanted = context;
    // The first of the trials of one stack has the command, or both.
    bool second = trial > 0 && wanted->campaign->trials[trial].mode == TRIAL_PERSISTENT;
    trial -= second ? 1 : 0;
    const struct trial *first = &wanted->campaign->trials[trial];
    return trial + 1 < wanted->campaign->trial_count &&
           (wanted->cause == 0 || first[0].cause == wanted->cause ||
            first[1].cause == wanted->cause);
}

json_t *exploration_programs(const struct campaign *campaign, uint64_t cause) {
    const struct cause_of wanted = {campaign, cause};
    json_t *list = json_array();
    int bad = campaign->commands
                  ? commands_programs(campaign->commands, list, is_of_cause, &wanted)
                  : json_array_append_new(list, json_text(campaign->oracle.image));
    return json_finished(list, bad);
}

json_t *exploration_finding_json(const struct campaign *campaign,
                                 const struct defects *defects,
                                 const struct defect *defect) {
    char path[64];
    snprintf(path, sizeof(path), "reproducers/%016" PRIx64 ".json",
             defect->finding.signature);
    json_t *object = finding_json(&defect->finding, &defects->modules,
                                  campaign->unwritten ? NULL : path);
    int bad = json_put(object, "mode", json_string(trial_mode_name(defect->trial->mode)));
    bad |= json_put(object, "cause", json_id(defect->cause));
    bad |= json_put(object, "trials", json_count(defect->trials));
    bad |= json_put(object, "signatures", signatures_json(defect));
    bad |= json_put(object, "defect",
                    json_boolean(defect_counts(defect, campaign->options->aborts)));
    bad |= json_put(object, "suppressed", json_optional(defect->suppressed));
    bad |= json_put(object, "known", json_boolean(defect->known));
    bad |= json_put(object, "programs", exploration_programs(campaign, defect->cause));
    bad |= json_put(object, "fingerprint", fingerprint_json(defects, defect));
    if (campaign->served) {
        bad |= serve_json_put(object, defect->trial);
    }
    if (campaign->commands) {
        const struct cause_of wanted = {campaign, defect->cause};
        bad |= json_put(object, "fresh",
                        json_boolean(defect->trial->left == TRIAL_LEFT_FRESH));
        const struct command_line *command = tests_command(campaign, defect->trial);
        bad |= json_put(object, "piped", json_boolean(command && command->piped));
        bad |= commands_put(campaign->commands, object, is_of_cause, &wanted);
    }
    return json_finished(object, bad);
}

static json_t *findings_json(const struct campaign *campaign,
                             const struct defects *defects) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < defects->count; i++) {
        bad |= json_array_append_new(
            list, exploration_finding_json(campaign, defects, defects->list[i]));
    }
    json_t *kept = resume_kept(campaign, defects);
    bad |= !kept || json_array_extend(list, kept) != 0;
    json_decref(kept);
    return json_finished(list, bad);
}

/** How often stacks count that lie in libraries only. */
static json_t *library_stacks_json(const struct campaign *campaign) {
    const struct commands_shared *shared = &campaign->commands->shared;
    json_t *object = json_object();
    int bad = json_put(object, "stacks", json_count(shared->stacks));
    bad |= json_put(object, "by_program", json_count(shared->by_program));
    bad |= json_put(object, "ended_before_main", json_count(shared->early));
    return json_finished(object, bad);
}

/** What the harness calls the test that all of it is; non-zero when memory ran out. */
static int put_own_test(json_t *object) {
    char *name = testname_own();
    int bad = exact_put(object, "test", name);
    free(name);
    return bad;
}

json_t *exploration_json(const struct campaign *campaign, const struct defects *defects,
                         bool with_trials) {
    const struct triallist trials = exploration_trials(campaign);
    json_t *object = json_object();
    int bad = json_put(object, "schema", json_string("mallocfail-exploration"));
    bad |= json_put(object, "schema_version", json_integer(1));
    bad |= json_put(object, "mallocfail", json_string(PACKAGE_VERSION));
    bad |= json_put(object, "program", json_text(campaign->plan.path));
    bad |= exact_put_arguments(object, "arguments", campaign->options->argv);
    bad |= json_put(object, "suite", json_boolean(campaign->commands));
    bad |= put_own_test(object);
    bad |= json_put(object, "commands_lost",
                    json_count(campaign->commands ? campaign->commands->lost : 0));
    bad |= campaign->commands
               ? json_put(object, "library_stacks", library_stacks_json(campaign))
               : 0;
    bad |= json_put(object, "arm", json_string(campaign->options->arm));
    bad |= json_put(object, "allocator",
                    json_string(mf_allocator_words[campaign->plan.allocator - 1]));
    bad |= exact_put(object, "input", campaign->options->input);
    bad |= json_put(object, "input_unread", json_boolean(campaign->input_unread));
    bad |= json_put(object, "run", exploration_run_json(campaign));
    bad |= json_put(object, "programs", exploration_programs(campaign, 0));
    bad |= json_put(object, "baseline", json_boolean(campaign->options->baseline));
    bad |= json_put(object, "seconds",
                    json_real((double)campaign->trying_ns / (double)CLOCK_SECOND));
    bad |= json_put(object, "oracle", oracle_json(&campaign->oracle));
    bad |= json_put(object, "watched", watched_json(campaign));
    bad |= json_put(object, "processes", processes_json(&campaign->oracle.processes));
    bad |= json_put(object, "not_reached", unreached_json(campaign));
    bad |= json_put(object, "not_seen", unseen_json(campaign));
    bad |= json_put(object, "untested", untested_json(&campaign->oracle.others));
    bad |= json_put(object, "complete", json_boolean(campaign_is_complete(campaign)));
    bad |= json_put(object, "planned", json_count(campaign->planned));
    bad |= json_put(object, "planned_pairs", json_count(campaign->planned_pairs));
    bad |= json_put(object, "tried", json_count(campaign->done));
    bad |= json_put(object, "missed", missed_json(campaign));
    bad |= json_put(object, "stacks", json_count(campaign->points.stacks));
    bad |= json_put(object, "points", json_count(campaign->points.count));
    bad |= json_put(object, "chosen", chosen_json(campaign));
    bad |= json_put(object, "in_place", json_count(campaign->in_place));
    bad |= json_put(object, "traced", json_boolean(!campaign->untraced));
    bad |= json_put(object, "not_in_place", unsuited_json(campaign));
    if (campaign->options->leaks) {
        bad |= json_put(object, "leaks_unknown", leaks_unknown_json(campaign));
    }
    if (campaign->commands) {
        bad |= json_put(object, "left", left_json(campaign));
        bad |= json_object_set(object, "own_ends", campaign->own_ends);
    }
    if (campaign->served) {
        bad |= json_put(object, "serve", serve_json(campaign));
    }
    bad |= json_put(object, "audited", json_count(campaign->audited));
    bad |= json_put(object, "audits_agreed", json_count(campaign->audits_agreed));
    bad |= json_put(object, "unchecked", json_count(campaign->unchecked));
    bad |= json_put(object, "inferred", json_count(campaign->inferred));
    bad |= json_put(object, "recognised", json_count(campaign->recognised));
    bad |= json_put(object, "outcomes", outcomes_json(campaign));
    bad |= campaign->commands ? json_put(object, "tests", tests_json(campaign)) : 0;
    bad |= json_put(object, "trials", with_trials ? trials_json(&trials) : json_array());
    bad |= json_put(object, "coverage", coverage_json(campaign, &trials));
    bad |= json_put(object, "findings", findings_json(campaign, defects));
    return json_finished(object, bad);
}
