// SPDX-License-Identifier: MIT
#include "runner/explore/report_explore.h"

#include "core/channel/explore.h"
#include "runner/formats/finding_text.h"
#include "runner/report/report_pages.h"
#include "runner/results/coverage.h"
#include "runner/results/results.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

/** How much is shown of what a clean run said. */
#define LINE_MAX_SHOWN 200
/** Frames of a stack that are shown where finding_text() does not do it. */
#define SHOWN_MAX 8

static double seconds(uint64_t ns) {
    return (double)ns / (double)CLOCK_SECOND;
}

/** What all processes allocated. */
static uint64_t count_all(const struct oracle *oracle) {
    uint64_t count = oracle->count;
    for (size_t i = 0; i < oracle->processes.count; i++) {
        count += oracle->processes.list[i].count;
    }
    return count;
}

/** What is to be known about other processes. */
static void report_processes(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    if (!campaign->options->follow) {
        return;
    }
    fprintf(stream,
            "mallocfail: %" PRIu64 " of them in %zu more process%s: forks and executed "
            "programs\n",
            count_all(oracle) - oracle->count, oracle->processes.count,
            plural_es(oracle->processes.count));
    if (!campaign->deaths) {
        fputs(
            "mallocfail: processes die in the clean run, too, or cannot be traced: only "
            "PROGRAM's own end counts\n",
            stream);
    }
}

/** A line with a name that is the user's. */
static void print_named(const char *before, const char *name, const char *behind,
                        FILE *stream) {
    fprintf(stream, "mallocfail: %s", before);
    printable_put(name, stream);
    fprintf(stream, "%s\n", behind);
}

/** What is to be known about watched files. */
static void report_watched(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    for (size_t i = 0; i < oracle->files.count; i++) {
        const char *name = campaign->watch.names[i];
        if (!oracle->file_comparable[i]) {
            print_named("clean runs differ in what they write to '", name,
                        "': it is not compared", stream);
        } else if (oracle->files.files[i].fd < 0) {
            print_named("clean runs leave no '", name,
                        "': only a run that leaves one differs", stream);
        }
    }
    if (campaign->watch.count > 0 && campaign->options->serial) {
        fputs(
            "mallocfail: watched files are the same for all runs: those in processes of "
            "their own go one at a time (--scratch gives each its own)\n",
            stream);
    }
}

/** Where the clean run does not end well, what it said last: it may not be the run that
 * the user meant. */
static void print_complaint(const struct oracle *oracle, FILE *stream) {
    char tail[LINE_MAX_SHOWN + 1];
    if (WEXITSTATUS(oracle->status) == 0) {
        return;
    }
    size_t length = capture_tail(&oracle->streams[1], tail, sizeof(tail));
    while (length > 0 && tail[length - 1] == '\n') {
        tail[--length] = '\0';
    }
    const char *line = strrchr(tail, '\n');
    line = line ? line + 1 : tail;
    if (*line) {
        fputs("mallocfail: note: its last message: ", stream);
        printable_put(line, stream);
        fputc('\n', stream);
    }
}

void report_oracle(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    fprintf(stream,
            "mallocfail: clean run: exit status %d after %.3f s, %" PRIu64
            " allocation%s from %zu stack%s\n",
            WEXITSTATUS(oracle->status), seconds(oracle->elapsed_ns), count_all(oracle),
            plural(count_all(oracle)), campaign->points.stacks,
            plural(campaign->points.stacks));
    if (campaign->plan.launchers > 0) {
        fprintf(stream, "mallocfail: it becomes %s by exec, and that is tested\n",
                oracle->image);
    }
    report_processes(campaign, stream);
    if (oracle->stacks.stacks_out > 0) {
        fprintf(stream, "mallocfail: %zu of the stacks %s left out by module\n",
                oracle->stacks.stacks_out, oracle->stacks.stacks_out == 1 ? "is" : "are");
    }
    print_complaint(oracle, stream);
    if (oracle->second_count != oracle->count) {
        fprintf(stream,
                "mallocfail: a second clean run made %" PRIu64
                " allocations: failures are placed by stack, not by number\n",
                oracle->second_count);
    } else if (oracle->drifts) {
        fputs("mallocfail: a second clean run allocated in another order: failures are "
              "placed by stack, not by number\n",
              stream);
    }
    if (oracle->full_at > 0) {
        char reason[160];
        report_pages_full(oracle->full_at, oracle->refused, reason, sizeof(reason));
        fprintf(stream, "mallocfail: %s\n", reason);
    }
    if (!oracle->comparable[0] || !oracle->comparable[1]) {
        fprintf(stream,
                "mallocfail: clean runs differ in what they write to %s: it is "
                "not compared\n",
                oracle->comparable[0]   ? "stderr"
                : oracle->comparable[1] ? "stdout"
                                        : "stdout and stderr");
    }
    report_watched(campaign, stream);
}

/** Why trials were not run in place, in words. */
static void print_unsuited(const struct campaign *campaign, FILE *stream) {
    static const char *const reasons[16] = {
        [MF_POINT_WAITING] = "not reached in place",
        [MF_POINT_THREADS] = "had several threads",
        [MF_POINT_DESCRIPTORS] = "held open what cannot be copied",
        [MF_POINT_SHARED_MEMORY] = "had writable shared memory",
        [MF_POINT_REFUSED] = "could not branch",
        [MF_POINT_STOPPED] = "came after branching had become too dear",
        [CAMPAIGN_WATCH] = "may have written what is watched",
        [CAMPAIGN_MOVED] = "had another stack in place",
        [CAMPAIGN_BARRIER] = "wanted to act on the world",
    };
    const char *before = " (";
    for (size_t i = 0; i < 16; i++) {
        if (campaign->unsuited[i] && reasons[i]) {
            fprintf(stream, "%s%zu %s", before, campaign->unsuited[i], reasons[i]);
            before = ", ";
        }
    }
    if (campaign->not_in_place) {
        fprintf(stream, "%s%s", before, campaign->not_in_place);
        before = ", ";
    }
    fputs(before[1] == '(' ? "" : ")", stream);
}

static void print_strategy(const struct campaign *campaign, FILE *stream) {
    double spent = seconds(campaign->trying_ns);
    fprintf(stream, "mallocfail: %zu failure%s tried in %.2f s: %zu in place, ",
            campaign->done, plural(campaign->done), spent, campaign->in_place);
    if (campaign->inferred) {
        fprintf(stream, "%zu inferred, ", campaign->inferred);
    }
    fprintf(stream, "%zu fresh",
            campaign->done - campaign->in_place - campaign->inferred);
    print_unsuited(campaign, stream);
    fputc('\n', stream);
    if (campaign->moved) {
        fputs("mallocfail: allocations came in another order than in the clean runs: "
              "failures were placed by stack, not by number\n",
              stream);
    }
    if (campaign->resumed) {
        fprintf(stream, "mallocfail: %zu of them were tried before: ", campaign->resumed);
        printable_put(campaign->options->resume, stream);
        fputs(" has them\n", stream);
    }
    if (campaign->done < campaign->trial_count) {
        fprintf(stream, "mallocfail: %zu failure%s not tried: %s\n",
                campaign->trial_count - campaign->done,
                campaign->trial_count - campaign->done == 1 ? " was" : "s were",
                campaign->stopped_by    ? "interrupted"
                : campaign->out_of_time ? "the budget is spent"
                                        : "runs could not be started");
    }
}

static void print_outcomes(const struct campaign *campaign, FILE *stream) {
    size_t counts[OUTCOME_COUNT] = {0};
    size_t missed = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE) {
            counts[trial->outcome]++;
            missed += trial->failed == 0;
        }
    }
    struct coverage coverage = {0};
    coverage_count(&coverage, campaign);
    fprintf(stream, "mallocfail: %zu of %zu stack%s, %zu of %zu call site%s failed:",
            coverage.stacks_failed, coverage.stacks, plural(coverage.stacks),
            coverage.sites_failed, coverage.sites, plural(coverage.sites));
    const char *before = " ";
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (counts[i]) {
            fprintf(stream, "%s%zu %s", before, counts[i], outcome_name(i));
            before = ", ";
        }
    }
    fputc('\n', stream);
    if (missed) {
        fprintf(stream,
                "mallocfail: %zu failure%s never came: the run went another way\n",
                missed, plural(missed));
    }
}

static void print_defect(const struct campaign *campaign, const struct defects *defects,
                         const struct defect *defect, FILE *stream) {
    const struct document style = {
        .directory = campaign->options->directory,
        .colour = campaign->diag->colour,
        .verbose = campaign->diag->verbose,
    };
    fputc('\n', stream);
    finding_text_live(&style, results_finding(campaign, defects, defect), stream);
}

/** How many trials aborted and were not confirmed, for these are many. */
static size_t unlooked_aborts(const struct campaign *campaign) {
    size_t count = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        count += trial->state == TRIAL_DONE && trial->outcome == OUTCOME_ABORTED &&
                 !trial->confirmed;
    }
    return count;
}

/** What is not counted: a line each. */
static void print_aside(const struct campaign *campaign, const struct defects *defects,
                        FILE *stream) {
    size_t aborts = unlooked_aborts(campaign);
    bool any = false;
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            continue;
        }
        if (!any) {
            fputs("\nmallocfail: ended by their own design, not counted:\n", stream);
            any = true;
        }
        fprintf(stream, "    %zu time%s: %s\n", defect->trials, plural(defect->trials),
                defect->finding.verdict.explanation);
    }
    if (aborts) {
        fprintf(stream, "%s%zu%s aborted, not looked at one by one\n",
                any ? "    " : "\nmallocfail: ", aborts, any ? " more" : "");
    }
    size_t flaky = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->flaky && flaky++ < SHOWN_MAX) {
            fprintf(stream,
                    "mallocfail: flaky: the end of number %" PRIu64
                    " (%s) did not come back\n",
                    trial->point.number, trial_mode_name(trial->mode));
        }
    }
    if (flaky > SHOWN_MAX) {
        fprintf(stream, "mallocfail: flaky: and %zu more\n", flaky - SHOWN_MAX);
    }
}

void report_campaign(const struct campaign *campaign, const struct defects *defects,
                     size_t unconfirmed, FILE *stream) {
    size_t found = 0, fresh = 0;
    print_strategy(campaign, stream);
    print_outcomes(campaign, stream);
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            print_defect(campaign, defects, defect, stream);
            found++;
            fresh += !defect->known;
        }
    }
    print_aside(campaign, defects, stream);
    if (unconfirmed) {
        fprintf(stream,
                "\nmallocfail: %zu more failure%s with a defect, not looked at: %s\n",
                unconfirmed, plural(unconfirmed),
                campaign->stopped_by ? "interrupted" : "the time is over");
    }
    fprintf(stream, "\nmallocfail: %zu defect%s", found, plural(found));
    if (campaign->options->baseline) {
        fprintf(stream, ", %zu of them new", fresh);
    }
    fputs(campaign->written ? "; results in " : "; no results in ", stream);
    printable_put(campaign->options->directory, stream);
    fputc('\n', stream);
}
