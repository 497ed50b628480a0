// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/diagnose/reproducer.h"
#include "runner/formats/destinations.h"
#include "runner/report/report_json.h"
#include "runner/report/report_text.h"
#include "runner/run/preflight.h"
#include "runner/target/image.h"
#include "runner/util/clock.h"
#include "runner/util/outfile.h"
#include "runner/util/status.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
    "Usage: mallocfail [run] [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "       mallocfail ctl PID --policy FILE|--off|--status\n"
    "       mallocfail replay FILE [-- PROGRAM [ARGUMENT...]]\n"
    "       mallocfail check FILE...\n"
    "\n"
    "Runs PROGRAM, makes its allocations fail as a policy says, and tells what it did;\n"
    "or checks policies, which are described in mallocfail-policy(5).\n"
    "\n"
    "  -p, --policy FILE         which allocations fail: a file, or the JSON itself\n"
    "      --timeout TIME        kill PROGRAM and all it started after 500ms, 10s, 2m "
    "...\n"
    "      --exit target         exit with PROGRAM's own status (the default)\n"
    "      --exit verdict        exit with 0, but with 1 if PROGRAM crashed\n"
    "      --report FORMAT:FILE  write a report too, as text, json, junit, sarif, html "
    "or\n"
    "                            github; more than once if need be; '-' is stderr\n"
    "      --source-root DIR     what source files are named relative to in it\n"
    "      --reproducer FILE     write a policy that brings a crash back, for "
    "'mallocfail\n"
    "                            replay'\n"
    "      --no-trace            let PROGRAM run untraced: crashes are not diagnosed\n"
    "      --fill                fill freed memory after a failure, so that its use "
    "shows\n"
    "      --allocator WHICH     next (the usual one, the default), pages: each block "
    "on\n"
    "                            pages of its own, so that misuse shows; or pages:1\n"
    "      --force               watch a program that injection cannot reach\n"
    "  -q, --quiet               errors only\n"
    "  -v, --verbose             more of what was found\n"
    "  -h, --help                print this help; 'mallocfail check --help' is another\n"
    "  -V, --version             print the version\n"
    "\n"
    "Exit status: PROGRAM's (128+N if signal N killed it), 124 at the time-out, 125 if\n"
    "mallocfail failed or nothing could be tested, 126 and 127 as in env(1).\n";

enum {
    OPTION_TIMEOUT = 256,
    OPTION_EXIT,
    OPTION_REPORT,
    OPTION_SOURCE_ROOT,
    OPTION_REPRODUCER,
    OPTION_NO_TRACE,
    OPTION_FILL,
    OPTION_ALLOCATOR,
    OPTION_FORCE,
};

static const struct option options[] = {
    {"policy", required_argument, NULL, 'p'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"exit", required_argument, NULL, OPTION_EXIT},
    {"report", required_argument, NULL, OPTION_REPORT},
    {"source-root", required_argument, NULL, OPTION_SOURCE_ROOT},
    {"reproducer", required_argument, NULL, OPTION_REPRODUCER},
    {"no-trace", no_argument, NULL, OPTION_NO_TRACE},
    {"fill", no_argument, NULL, OPTION_FILL},
    {"allocator", required_argument, NULL, OPTION_ALLOCATOR},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/** What the command line says. */
struct settings {
    const char *policy;
    uint64_t timeout_ns;
    bool verdict, trace, fill, force;
    /** One more than the enum mf_allocator; 0 = the policy says. */
    uint32_t allocator;
    /** Whether there is no policy, for the program or mallocfail ctl says what fails. */
    bool open;
    /** Where the reproducer of the first finding goes; NULL = nowhere. */
    const char *reproducer;
    struct destinations reports;
    /** PROGRAM and its arguments. */
    char **argv;
};

static int set_exit(struct settings *settings, const struct diag *diag) {
    settings->verdict = strcmp(optarg, "verdict") == 0;
    if (settings->verdict || strcmp(optarg, "target") == 0) {
        return 0;
    }
    diag_error(diag, "'%s' is no choice for --exit: use target or verdict", optarg);
    return -1;
}

/** Act on one option; 0, or 1 to end with success, or -1 to end with failure. */
static int set_option(struct settings *settings, int option, char **argv,
                      struct diag *diag) {
    switch (option) {
    case 'p':
        settings->policy = optarg;
        return 0;
    case OPTION_TIMEOUT:
        return options_timeout(optarg, &settings->timeout_ns, diag);
    case OPTION_EXIT:
        return set_exit(settings, diag);
    case OPTION_REPORT:
        return destinations_add(&settings->reports, optarg, diag);
    case OPTION_SOURCE_ROOT:
        settings->reports.sources = optarg;
        return 0;
    case OPTION_REPRODUCER:
        settings->reproducer = optarg;
        return 0;
    case OPTION_NO_TRACE:
        settings->trace = false;
        return 0;
    case OPTION_FILL:
        settings->fill = true;
        return 0;
    case OPTION_ALLOCATOR:
        return options_allocator(optarg, &settings->allocator, diag);
    case OPTION_FORCE:
        settings->force = true;
        return 0;
    default:
        return cmd_option(option, argv, help, diag);
    }
}

/** Whether nothing is to fail but what the program or mallocfail ctl asks for, and
 * nothing else is tested: `mallocfail run` without a policy. */
static bool is_open(const char *command, const struct settings *settings) {
    return !settings->policy && !settings->allocator && strcmp(command, "run") == 0;
}

/** Read the command line; as set_option(). */
static int read_options(struct settings *settings, int argc, char **argv,
                        struct diag *diag) {
    int option;
    while ((option = getopt_long(argc, argv, "+:p:qvhV", options, NULL)) != -1) {
        int result = set_option(settings, option, argv, diag);
        if (result != 0) {
            return result;
        }
    }
    settings->argv = argv + optind;
    if (!settings->argv[0]) {
        diag_error(diag, "no program given: try 'mallocfail --help'");
        return -1;
    }
    bool watched = !settings->policy && !settings->allocator &&
                   preflight_own_malloc(settings->argv[0]);
    settings->open = is_open(argv[0], settings) && !watched;
    if (!settings->policy && !settings->allocator && !settings->open && !watched) {
        diag_error(diag,
                   "no policy given: use --policy FILE (policies come with "
                   "mallocfail in %s), or 'mallocfail run' where the program or "
                   "mallocfail ctl says what fails",
                   MF_POLICIES);
        return -1;
    }
    return 0;
}

/** Why nothing was tested; NULL where something was. */
static const char *untested(const struct report *report, bool open) {
    bool armed = false;
    for (unsigned i = 0; i < report->process_count; i++) {
        armed |= report->processes[i].stage >= MF_STAGE_ARMED;
    }
    if (report->process_count == 0 && WIFSIGNALED(report->result->wait_status)) {
        return "a signal ended it before the library came to run in it";
    }
    if (report->process_count == 0) {
        return "the library never came to run in it: was it built for another C library, "
               "or does it start its work with a cleared environment?";
    }
    bool asked = report->asked > 0 ||
                 atomic_load(&report->result->channel.head->control.sequence) != 0;
    if (open && !asked) {
        return "there was no policy, the program never asked for failures "
               "(mallocfail.h), "
               "and no mallocfail ctl came";
    }
    if (report->seen > 0 || report->injected > 0) {
        return NULL;
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
           "own "
           "(as Go programs do)";
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

/** The exit status that follows from a run. */
static int judge(const struct settings *settings, const struct report *report) {
    int wait_status = report->result->wait_status;
    if (report->result->timed_out) {
        return STATUS_TIMED_OUT;
    }
    if (!settings->force && untested(report, settings->open)) {
        return STATUS_FAILED;
    }
    if (settings->verdict) {
        return has_defect(report) ? STATUS_DEFECT : STATUS_GOOD;
    }
    return WIFSIGNALED(wait_status) ? STATUS_SIGNALLED + WTERMSIG(wait_status)
                                    : WEXITSTATUS(wait_status);
}

/** Write the report as a text; 0 on success, -1 on failure with the user told. */
static int write_text(struct report *report, const char *path, const struct diag *diag) {
    struct outfile file;
    report->colour = diag->colour && strcmp(path, "-") == 0;
    report->verbose = diag->verbose;
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

/** Write all reports: files first, then the one for the user's eyes. */
static int write_reports(struct report *report, const struct settings *settings,
                         const struct diag *diag) {
    const struct destinations *reports = &settings->reports;
    struct destinations drawn = {NULL, 0, reports->sources};
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
    }
    return result;
}

/** Write the first finding's reproducer where one is wanted and can be had. */
static int write_reproducer(struct report *report, const struct settings *settings,
                            const struct diag *diag) {
    if (!settings->reproducer || report->finding_count == 0 ||
        !report->findings[0].injected) {
        return 0;
    }
    json_t *policy = reproducer_policy(&report->findings[0], report->policy->policy->arm,
                                       settings->argv);
    struct outfile file;
    int bad = !policy || outfile_open(&file, settings->reproducer) != 0;
    if (!bad) {
        int good = json_dumpf(policy, file.stream, JSON_INDENT(2)) == 0 &&
                   fputc('\n', file.stream) != EOF;
        bad = outfile_close(&file, good);
    }
    json_decref(policy);
    if (bad) {
        diag_error(diag, "cannot write the reproducer '%s': %s", settings->reproducer,
                   strerror(errno));
        return -1;
    }
    report->reproducer = settings->reproducer;
    return 0;
}

/** Tell what a run did; the exit status. */
static int tell(const struct settings *settings, const struct run_options *run,
                struct run_result *result, const struct diag *diag) {
    struct report report;
    if (report_gather(&report, run, result) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    report.exit_status = judge(settings, &report);
    int status = report.exit_status;
    if (write_reproducer(&report, settings, diag) != 0) {
        status = STATUS_FAILED;
    }
    if (write_reports(&report, settings, diag) != 0) {
        status = STATUS_FAILED;
    }
    const char *reason = settings->force ? NULL : untested(&report, settings->open);
    if (reason) {
        diag_error(diag, "nothing was tested: %s", reason);
    }
    report_destroy(&report);
    return status;
}

/** Run the program and tell; the exit status. */
static int run(const struct settings *settings, const struct preflight *preflight,
               const struct diag *diag) {
    struct run_options run = preflight_options(preflight, settings->argv);
    run.timeout_ns = settings->timeout_ns;
    run.trace &= settings->trace;
    run.fill = settings->fill;
    run.allocator = settings->allocator;
    struct run_result result;
    int status = run_target(&run, &result, diag);
    if (status == 0) {
        status = tell(settings, &run, &result, diag);
        run_result_destroy(&result);
    }
    return status;
}

int cmd_run(struct diag *diag, int argc, char **argv) {
    struct settings settings = {.timeout_ns = CLOCK_NEVER, .trace = true};
    struct preflight preflight = {0};
    int status = STATUS_FAILED;
    int result = read_options(&settings, argc, argv, diag);
    if (result != 0) {
        status = result > 0 ? STATUS_GOOD : STATUS_FAILED;
        goto out;
    }
    if (!settings.policy) {
        settings.policy = "{\"version\": 1, \"rules\": []}";
        settings.force |= !settings.allocator && !settings.open;
    }
    status = preflight_find(&preflight, settings.policy, settings.argv[0], settings.force,
                            diag);
    if (status == 0) {
        status = preflight_check_allocator(&preflight, settings.allocator, diag);
    }
    if (status == 0) {
        status = run(&settings, &preflight, diag);
    }

out:
    preflight_release(&preflight);
    destinations_destroy(&settings.reports);
    return status;
}
