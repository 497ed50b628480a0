// SPDX-License-Identifier: MIT
#include "runner/explore/reproduction.h"

#include "runner/formats/finding_text.h"
#include "runner/points/wrappers.h"
#include "runner/report/finding_json.h"
#include "runner/report/report_text.h"
#include "runner/target/image.h"
#include "runner/target/tree.h"
#include "runner/trials/attempt.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** What a clean run may take. */
#define CLEAN_TIMEOUT (60 * CLOCK_SECOND)

/** How much of the program's output is printed: it may be without end. */
#define OUTPUT_MAX ((uint64_t)1 << 16)

/** What is going on. */
struct work {
    const struct reproduction *reproduction;
    const struct diag *diag;
    struct signals signals;
    struct job_plan plan;
    struct watch watch;
    struct oracle oracle;
    bool asked;
    struct defects defects;
};

/** Whether an outcome is one only by comparison with clean runs. */
static bool needs_oracle(enum outcome outcome) {
    return outcome == OUTCOME_SILENT || outcome == OUTCOME_HUNG ||
           outcome == OUTCOME_LEAKED;
}

static void plan(struct work *work) {
    const struct reproduction *reproduction = work->reproduction;
    const struct circumstances *circumstances = reproduction->circumstances;
    work->plan = (struct job_plan){
        .file_max = circumstances->file_max,
        .path = reproduction->preflight->program.path,
        .argv = reproduction->argv,
        .preload = reproduction->preflight->preload,
        .patches = &reproduction->preflight->patches.plan,
        .later = &reproduction->preflight->later,
        .breakpoints = &reproduction->preflight->breakpoints,
        .environment = preflight_environment(reproduction->preflight),
        .allocator = reproduction->allocator,
        .input = circumstances->input,
        .scratch = circumstances->scratch,
        .prepare = circumstances->prepare,
        .watch = &work->watch,
        .leaks = circumstances->leaks,
        .wrappers = wrappers_by_name(&circumstances->wrappers),
        // What it has open in the end only a tracer sees.
        .traced = circumstances->leaks &&
                  environment_is_traced(preflight_environment(reproduction->preflight)),
        .timeout_ns = CLEAN_TIMEOUT,
        .signals = &work->signals,
    };
    work->watch = (struct watch){
        .names = circumstances->watch,
        .count = circumstances->watch_count,
        .scratch = circumstances->scratch,
    };
}

/** Begin to watch, and ask the oracle where it is needed; 0, or the exit status. */
static int begin(struct work *work) {
    const char *faulty = watch_begin(&work->watch);
    if (faulty) {
        diag_error(work->diag, "cannot watch '%s': %s", faulty, watch_fault(errno));
        return STATUS_FAILED;
    }
    if (!needs_oracle(work->reproduction->outcome)) {
        return 0;
    }
    int status = oracle_ask(&work->oracle, &work->plan, work->reproduction->arm,
                            &work->defects.modules, work->diag);
    work->asked = status == 0;
    return status;
}

/** Whether a defect is the finding. */
static bool is_wanted(const struct work *work, const struct defect *defect) {
    char text[32];
    snprintf(text, sizeof(text), "%016" PRIx64, defect ? defect->finding.signature : 0);
    return defect && strcmp(text, work->reproduction->signature) == 0;
}

/** The defect of an attempt: the finding, if a fatal signal is that which the program has
 * got, for explorations end trials at the first one, whatever a handler makes of it. */
static struct defect *find_defect(struct work *work, struct attempt *attempt) {
    struct defect *defect = attempt_defect(attempt, &work->defects);
    struct defect *stop = NULL;
    while (!is_wanted(work, defect) &&
           (stop = attempt_next_stop(attempt, &work->defects))) {
        if (is_wanted(work, stop)) {
            defect_free(defect);
            return stop;
        }
        defect_free(stop);
    }
    return defect;
}

/** Print what the program wrote to a stream, or how it begins. */
static void tell_stream(const struct work *work, const struct capture *capture, int fd) {
    uint64_t size = capture_size(capture);
    capture_print(capture, fd, OUTPUT_MAX);
    if (size > OUTPUT_MAX) {
        diag_write(fd, "\n", 1);
        diag_note(work->diag, "that was the beginning of %" PRIu64 " bytes of %s", size,
                  fd == STDOUT_FILENO ? "stdout" : "stderr");
    }
}

/** Print what the program wrote, and what is to be told of it. */
static void tell(const struct work *work, struct attempt *attempt,
                 const struct defect *defect, const struct defects *defects) {
    const struct diag *diag = work->diag;
    struct report report;
    tell_stream(work, &attempt->streams[0], STDOUT_FILENO);
    tell_stream(work, &attempt->streams[1], STDERR_FILENO);
    if (diag->quiet) {
        if (defect) {
            finding_text_line(finding_json(&defect->finding, &defects->modules, NULL),
                              stderr);
        }
        return;
    }
    if (report_gather(&report, &attempt->options, &attempt->result) == 0) {
        report.verbose = diag->verbose;
        report.colour = diag->colour;
        report_text(&report, stderr);
        report_destroy(&report);
    }
    const struct document style = {.colour = diag->colour, .verbose = diag->verbose};
    if (defect) {
        json_t *finding = finding_json(&defect->finding, &defects->modules, NULL);
        finding_text_live(&style, finding, stderr);
    }
}

/** Say how it ended this time, where that is known and no finding. */
static void tell_outcome(const struct work *work, const struct attempt *attempt,
                         const struct defect *defect) {
    if (work->asked && !defect) {
        diag_note(work->diag, "compared with clean runs, this one was %s",
                  outcome_name(attempt->judgement.outcome));
    }
}

/** Try one policy; as reproduction_try(). */
static int try_policy(struct work *work, const char *policy) {
    const struct circumstances *given = work->reproduction->circumstances;
    struct attempt attempt = {
        .plan = &work->plan,
        .oracle = work->asked ? &work->oracle : NULL,
        .policy = policy,
        .check = work->asked ? given->check : NULL,
        .demands = {given->expect_status, given->expect_message, given->strict},
        .timeout_ns = work->reproduction->circumstances->timeout_ns,
    };
    int status = attempt_run(&attempt, work->diag);
    if (status == 0) {
        struct defect *defect = find_defect(work, &attempt);
        tell(work, &attempt, defect, &work->defects);
        tell_outcome(work, &attempt, defect);
        status = is_wanted(work, defect) ? STATUS_GOOD : STATUS_DEFECT;
        defect_free(defect);
        attempt_destroy(&attempt);
    }
    return status;
}

int reproduction_try(const struct reproduction *reproduction, const struct diag *diag) {
    struct work work = {
        .reproduction = reproduction,
        .diag = diag,
        .oracle = {.streams = {{-1}, {-1}}},
    };
    struct tree tree;
    if (defects_init(&work.defects) != 0) {
        diag_no_memory(diag);
        return STATUS_FAILED;
    }
    work.defects.caller = reproduction->caller;
    plan(&work);
    signals_take(&work.signals);
    tree_begin(&tree);
    int status = begin(&work);
    if (status == 0) {
        status = try_policy(&work, reproduction->policy);
        if (status == STATUS_DEFECT) {
            diag_note(diag,
                      "it did not come back at its stack; trying its allocation number");
            status = try_policy(&work, reproduction->second);
        }
    }
    tree_kill_strays(&tree);
    tree_end(&tree);
    watch_end(&work.watch);
    oracle_destroy(&work.oracle);
    defects_destroy(&work.defects);
    signals_drop();
    signals_restore(&work.signals);
    return status;
}
