// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "core/policy/allocator.h"
#include "runner/cmd/advice.h"
#include "runner/cmd/shorthand.h"
#include "runner/diagnose/reproducer.h"
#include "runner/formats/destinations.h"
#include "runner/formats/finding_text.h"
#include "runner/report/report_json.h"
#include "runner/report/report_text.h"
#include "runner/run/preflight.h"
#include "runner/target/image.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/outfile.h"
#include "runner/util/status.h"
#include "runner/util/wrap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** A run as the command line wants it. */
struct single {
    const struct settings *settings;
    /** What fails. */
    const char *policy;
    /** Whether there is no policy, for the program or mallocfail ctl says what fails. */
    bool open;
    /** Whether to run a program that injection cannot reach. */
    bool force;
};

/** Find out what is to fail; -1 where nothing says so, with the user told. */
static int plan(struct single *single, const struct settings *settings,
                const struct diag *diag) {
    bool ruled = settings->policy || settings->allocator;
    bool watched = !ruled && preflight_own_malloc(settings->operands[0]);
    // Who names the command can do without a policy.
    bool open = !ruled && settings->named && !watched;
    *single = (struct single){
        .settings = settings,
        .policy = settings->policy ? settings->policy : "{\"version\": 1, \"rules\": []}",
        .open = open,
        .force = settings->force || watched,
    };
    if (ruled || open || watched) {
        return 0;
    }
    diag_error(
        diag,
        "no policy given: use --nth, --every, --above and the like, or --policy FILE "
        "('mallocfail list' names policies that come with mallocfail); or 'mallocfail run' "
        "where the program or mallocfail ctl says what fails");
    return -1;
}

/** Whether something broke: in the target, or in a process of its that was traced. */
static bool has_defect(const struct report *report) {
    int status = report->result->wait_status;
    bool defect = WIFSIGNALED(status) && outcome_is_crash(WTERMSIG(status));
    for (size_t i = 0; i < report->finding_count; i++) {
        defect |= outcome_is_defect(report->findings[i].verdict.outcome);
    }
    return defect;
}

/** Why a run that is to give a verdict gives none: no allocation failed; else NULL. The
 * page allocator finds misuse without that. */
static const char *unfired(const struct report *report, const struct single *single) {
    uint32_t allocator = report->result->channel.head->allocator - 1;
    if (single->settings->exit != SETTINGS_EXIT_VERDICT || report->injected > 0 ||
        has_defect(report) || mf_allocator_align(allocator)) {
        return NULL;
    }
    return report->policy->policy->rule_count == 0 ? "the policy has no rules"
                                                   : "the policy never fired";
}

/** Why nothing was tested; NULL where something was. */
static const char *untested(const struct report *report, const struct single *single) {
    bool armed = false;
    for (unsigned i = 0; i < report->process_count; i++) {
        armed |= report->processes[i].stage >= MF_STAGE_ARMED;
    }
    if (report->process_count == 0 && WIFSIGNALED(report->result->wait_status)) {
        return "a signal ended it before the library was loaded";
    }
    if (report->process_count == 0 && report->result->unbroken) {
        return report->result->unbroken;
    }
    if (report->process_count == 0 && WEXITSTATUS(report->result->wait_status) == 127) {
        return "it never started: the message above says why";
    }
    if (report->process_count == 0) {
        return RUN_UNLOADED;
    }
    bool asked = report->asked > 0 ||
                 atomic_load(&report->result->channel.head->control.sequence) != 0;
    if (single->open && !asked) {
        return "there was no policy, and neither the program (mallocfail.h) nor "
               "mallocfail ctl asked for failures";
    }
    if (report->seen > 0 || report->injected > 0) {
        return unfired(report, single);
    }
    if (!armed && report->policy->policy->arm == MF_ARM_API) {
        return "the policy has \"arm\": \"api\", and the program never called "
               "mallocfail_arm()";
    }
    if (!armed) {
        return "it ended before the policy was armed: \"arm\": \"startup\" counts from "
               "the first call";
    }
    return "no allocation was seen: the program made none, or has an allocator of its "
           "own (as Go programs do)";
}

/** The exit status that follows from a run. */
static int judge(const struct single *single, const struct report *report) {
    int wait_status = report->result->wait_status;
    if (report->result->timed_out) {
        return STATUS_TIMED_OUT;
    }
    if (!single->force && untested(report, single)) {
        // Where the library never came that is a fault, and not for want of allocations.
        return report->process_count == 0 ? STATUS_FAILED
                                          : settings_nothing(single->settings);
    }
    if (single->settings->exit == SETTINGS_EXIT_VERDICT) {
        return has_defect(report) ? STATUS_DEFECT : STATUS_GOOD;
    }
    return WIFSIGNALED(wait_status) ? STATUS_SIGNALLED + WTERMSIG(wait_status)
                                    : WEXITSTATUS(wait_status);
}

/** Write the report as a text; 0 on success, -1 on failure with the user told. */
static int write_text(struct report *report, const char *path, const struct diag *diag) {
    struct outfile file;
    bool eyes = strcmp(path, "-") == 0;
    report->colour = diag->colour && eyes;
    report->verbose = diag->verbose;
    if (eyes && wrap_columns() > 0) {
        struct wrap wrap;
        int written = report_text(report, wrap_begin(&wrap));
        wrap_end(&wrap);
        return written;
    }
    int result = outfile_open(&file, path);
    if (result == 0) {
        int good = report_text(report, file.stream) == 0;
        result = outfile_close(&file, good);
    }
    if (result != 0) {
        diag_error(diag, "cannot write the report '%s': %s", path, strerror(errno));
    }
    return result;
}

/** A line for each defect, and one for their sum if there are any. */
static void print_brief(const struct report *report) {
    struct wrap wrap;
    FILE *stream = wrap_begin(&wrap);
    size_t defects = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        if (outcome_is_defect(report->findings[i].verdict.outcome)) {
            finding_text_line(report_json_finding(report, i), stream);
            defects++;
        }
    }
    if (defects > 0) {
        fprintf(stream, "mallocfail: %zu defect%s\n", defects, plural(defects));
    }
    wrap_end(&wrap);
}

/** Write all reports: files first, then the one for the user's eyes. */
static int write_reports(struct report *report, const struct settings *settings,
                         const struct diag *diag) {
    const struct destinations *reports = &settings->reports;
    struct destinations drawn = {NULL, 0, settings->source_root};
    int result = 0;
    for (size_t i = 0; i < reports->count; i++) {
        // As a text a run is told by what is known of it, which is more than the document
        // has.
        bool text = reports->list[i].format->function == format_text;
        drawn.list = &reports->list[i];
        drawn.count = 1;
        result |= text ? write_text(report, reports->list[i].path, diag)
                       : destinations_write(&drawn, report_json(report), NULL, diag);
    }
    if (!diag->quiet) {
        result |= write_text(report, "-", diag);
    } else {
        print_brief(report);
    }
    return result;
}

/** Tell that the reproducer cannot be written, for the reason in errno; -1. */
static int tell_reproducer(const struct settings *settings, const struct diag *diag) {
    diag_error(diag, "cannot write the reproducer '%s': %s", settings->reproducer,
               strerror(errno));
    return -1;
}

/** Whether all can be written that is wanted, as far as is known before the run; 0 if
 * so, -1 with the user told. */
static int foresee(const struct settings *settings, const struct diag *diag) {
    if (settings->reproducer && outfile_try(settings->reproducer) != 0) {
        return tell_reproducer(settings, diag);
    }
    return destinations_try(&settings->reports, diag);
}

/** Write the first finding's reproducer where one is wanted and can be had. */
static int write_reproducer(struct report *report, const struct settings *settings,
                            const struct diag *diag) {
    const char *lack = report->injected == 0        ? "no allocation failed"
                       : report->finding_count == 0 ? "nothing broke"
                       : !report->findings[0].injected
                           ? "no failed allocation led to what broke"
                           : NULL;
    if (settings->reproducer && lack) {
        diag_note(diag, "the reproducer '%s' was not written: %s", settings->reproducer,
                  lack);
    }
    if (!settings->reproducer || lack) {
        return 0;
    }
    json_t *policy = reproducer_policy(&report->findings[0], report->policy->policy->arm,
                                       settings->operands);
    struct outfile file;
    int bad = !policy || outfile_open(&file, settings->reproducer) != 0;
    if (!bad) {
        int good = json_dumpf(policy, file.stream, JSON_INDENT(2)) == 0 &&
                   fputc('\n', file.stream) != EOF;
        bad = outfile_close(&file, good);
    }
    json_decref(policy);
    if (bad) {
        return tell_reproducer(settings, diag);
    }
    report->reproducer = settings->reproducer;
    return 0;
}

/** Tell what a run did; the exit status. */
static int tell(const struct single *single, const struct run_options *run,
                struct run_result *result, const struct diag *diag) {
    const struct settings *settings = single->settings;
    struct report report;
    if (report_gather(&report, run, result) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    report.exit_status = judge(single, &report);
    int status = report.exit_status;
    if (write_reproducer(&report, settings, diag) != 0) {
        status = STATUS_FAILED;
    }
    if (write_reports(&report, settings, diag) != 0) {
        status = STATUS_FAILED;
    }
    const char *reason = single->force ? NULL : untested(&report, single);
    if (reason) {
        diag_error(diag, "nothing was tested: %s", reason);
    }
    report_destroy(&report);
    return status;
}

/** Tell which functions of an allocator inside the program are not reached. */
static void tell_faults(const struct preflight *preflight, const struct diag *diag) {
    const struct patches *patches = &preflight->patches;
    for (unsigned i = 0; patches_reach_malloc(patches) && i < patches->fault_count; i++) {
        diag_note(diag, "%s() cannot be patched: %s; it never fails",
                  patches->faults[i].function, patches->faults[i].reason);
    }
}

/** Whether a run may have gone another way than it does when nothing fails. */
static bool is_disturbed(const struct run_result *result) {
    return atomic_load(&result->channel.head->journal_used) > 0 ||
           !WIFEXITED(result->wait_status) || result->timed_out;
}

/** Tell of functions by name that no library had which the program has loaded; the exit status
 * that follows. */
static int check_later(const struct preflight *preflight, const struct run_result *result,
                       const struct diag *diag) {
    struct later later = {0};
    int status = later_gather(&later, result->channel.head);
    if (status != 0) {
        diag_no_memory(diag);
    } else {
        status = later_check(&later, &preflight->patches, preflight->program.binary,
                             is_disturbed(result), diag);
    }
    later_release(&later);
    return status ? STATUS_FAILED : 0;
}

/** Run the program and tell; the exit status. */
static int run(const struct single *single, const struct preflight *preflight,
               const struct diag *diag) {
    const struct settings *settings = single->settings;
    tell_faults(preflight, diag);
    struct run_options run = preflight_options(preflight, settings->operands);
    run.timeout_ns = settings->timeout_ns ? settings->timeout_ns : CLOCK_NEVER;
    run.trace &= !settings->no_trace;
    run.fill = settings->fill;
    run.allocator = settings->allocator;
    struct run_result result;
    int status = run_target(&run, &result, diag);
    if (status == 0) {
        status = tell(single, &run, &result, diag);
        int lack = check_later(preflight, &result, diag);
        status = status == 0 ? lack : status;
        run_result_destroy(&result);
    }
    return status;
}

/** Run once, as the settings say; the exit status. */
static int run_settings(const struct settings *settings, struct diag *diag) {
    struct single single;
    struct preflight preflight = {
        .named = settings->allocations.words,
        .named_count = settings->allocations.count,
    };
    if (plan(&single, settings, diag) != 0 || foresee(settings, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = preflight_find(&preflight, single.policy, settings->operands[0],
                                single.force, diag);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, settings->allocator, diag);
    }
    if (status == 0 && settings->no_trace && preflight.breakpoints.patches) {
        diag_error(
            diag,
            "'%s' is linked statically, and only a program that is traced can have "
            "breakpoints: leave out --no-trace",
            preflight.program.binary);
        status = STATUS_FAILED;
    }
    if (status == 0 && settings->fill) {
        status = preflight_check_blocks(&preflight, "--fill", true, diag);
    }
    if (status == 0) {
        status = run(&single, &preflight, diag);
    }
    preflight_release(&preflight);
    return status;
}

static int run_once(struct settings *settings, struct diag *diag) {
    char *own = NULL;
    if (!settings->operands[0]) {
        advice_missing(&cmd_run, settings, "program", diag);
        return STATUS_FAILED;
    }
    if (!shorthand_fits(settings, true, diag)) {
        return STATUS_FAILED;
    }
    if (shorthand_is_given(settings)) {
        own = shorthand_policy(settings);
        if (!own) {
            diag_no_memory(diag);
            return STATUS_FAILED;
        }
        diag_debug(diag, "policy: %s", own);
        settings->policy = own;
    }
    int status = run_settings(settings, diag);
    free(own);
    return status;
}

const struct command cmd_run = {
    .name = "run",
    .summary = "run PROGRAM once under a policy: the default with -p, --nth ...",
    .bit = COMMAND_RUN,
    .function = run_once,
    .ends = true,
    .operands = OPERANDS_PROGRAM,
    .usage =
        "Usage: mallocfail [run] [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
        "\n"
        "Runs PROGRAM once, makes allocations fail as a policy says, and reports what\n"
        "happened. mallocfail-policy(5) describes policies.\n",
    .notes =
        "Exit status: PROGRAM's (128+N if signal N killed it), 124 at the time-out, 125\n"
        "if mallocfail failed or nothing was tested (--if-nothing), 126 and 127 as in\n"
        "env(1).\n",
};
