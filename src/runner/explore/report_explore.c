// SPDX-License-Identifier: MIT
#include "runner/explore/report_explore.h"

#include "core/channel/explore.h"
#include "runner/formats/finding_text.h"
#include "runner/report/report_pages.h"
#include "runner/results/coverage.h"
#include "runner/results/exploration_json.h"
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
/** How many lines that move are named. */
#define LINES_SHOWN 8

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

/** Name what ran without the library. */
static void report_unreached(const struct others_list *list, FILE *stream) {
    char names[OTHERS_NAMES_MAX];
    if (list->count > 0) {
        others_names(list, names);
        fprintf(stream,
                "mallocfail: %zu other program%s ran without the library and %s not "
                "tested: %s (linked statically, for another C library, setuid, or "
                "started without the environment)\n",
                list->count, plural(list->count), list->count == 1 ? "was" : "were",
                names);
    }
}

/** Name what ran with it and was not tested. */
static void report_others(const struct others *others, FILE *stream) {
    const struct others_list *list = &others->reached;
    char names[OTHERS_NAMES_MAX];
    if (list->count > 0) {
        others_names(list, names);
        fprintf(stream,
                "mallocfail: %zu other program%s ran and %s not tested: %s (--follow "
                "tests %s)\n",
                list->count, plural(list->count), list->count == 1 ? "was" : "were",
                names, list->count == 1 ? "it" : "them");
    }
    if (others->forks > 0) {
        fprintf(stream,
                "mallocfail: %u fork%s of the program ran and %s not tested (--follow "
                "tests %s)\n",
                others->forks, plural(others->forks), others->forks == 1 ? "was" : "were",
                others->forks == 1 ? "it" : "them");
    }
}

/** What is to be known about other processes. */
static void report_processes(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    report_unreached(&oracle->others.unreached, stream);
    if (!campaign->options->follow || campaign->plan.behind) {
        report_others(&oracle->others, stream);
    }
    if (!campaign->options->follow) {
        return;
    }
    fprintf(stream,
            "mallocfail: %" PRIu64 " of them in %zu more process%s: forks and executed "
            "programs\n",
            count_all(oracle) - oracle->count, oracle->processes.count,
            plural_es(oracle->processes.count));
}

/** A line with a name that is the user's. */
static void print_named(const char *before, const char *name, const char *behind,
                        FILE *stream) {
    fprintf(stream, "mallocfail: %s", before);
    printable_put(name, stream);
    fprintf(stream, "%s\n", behind);
}

/** Say what of an output differs between clean runs. */
static void print_moving(const struct steady *steady, const char *output, FILE *stream) {
    size_t shown = steady->count < LINES_SHOWN ? steady->count : LINES_SHOWN;
    size_t more = steady->count - shown;
    if (steady->moves) {
        print_named("clean runs differ in what they write to ", output,
                    ": it is not compared", stream);
        return;
    }
    if (steady->timed > 0) {
        fprintf(stream, "mallocfail: %zu line%s of ", steady->timed,
                plural(steady->timed));
        printable_put(output, stream);
        fputs(steady->timed == 1 ? " holds times, which are not compared\n"
                                 : " hold times, which are not compared\n",
              stream);
    }
    if (steady->count == 0) {
        return;
    }
    fprintf(stream, "mallocfail: line%s ", plural(steady->count));
    for (size_t i = 0; i < shown; i++) {
        bool last = i + 1 == shown && more == 0;
        fprintf(stream, "%s%" PRIu64,
                i == 0 ? ""
                : last ? " and "
                       : ", ",
                steady->moving[i]);
    }
    if (more > 0) {
        fprintf(stream, " and %zu more", more);
    }
    fputs(" of ", stream);
    printable_put(output, stream);
    fputs(steady->count == 1 ? " differs in clean runs: it is not compared\n"
                             : " differ in clean runs: they are not compared\n",
          stream);
}

/** Say what of all outputs differs between clean runs. */
static void report_moving(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    print_moving(&oracle->steady[0], "stdout", stream);
    print_moving(&oracle->steady[1], "stderr", stream);
    for (size_t i = 0; i < oracle->files.count; i++) {
        char *name = NULL;
        if (asprintf(&name, "'%s'", campaign->watch.names[i]) >= 0) {
            print_moving(&oracle->file_steady[i], name, stream);
            free(name);
        }
    }
}

/** What is to be known about watched files. */
static void report_watched(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    for (size_t i = 0; i < oracle->files.count; i++) {
        const char *name = campaign->watch.names[i];
        if (!oracle->file_steady[i].moves && oracle->files.files[i].fd < 0) {
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

void report_complaint(const struct oracle *oracle, FILE *stream) {
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
    fputs("mallocfail: note: the clean run itself fails: is it the run you mean?\n",
          stream);
    if (*line) {
        fputs("mallocfail: note: its last message: ", stream);
        printable_put(line, stream);
        fputc('\n', stream);
    }
}

/** Where the clean run gets fatal signals and lives on: trials that get them, too, cannot be
 * told from it. */
static void print_usual(const struct oracle *oracle, FILE *stream) {
    if (oracle->usual_count > 0) {
        fprintf(stream,
                "mallocfail: note: the clean run itself gets fatal signals, at %zu "
                "place%s, and a handler takes them: they do not count as crashes\n",
                oracle->usual_count, plural(oracle->usual_count));
    }
}

/** Name the functions whose callers are the call sites. */
static void print_wrappers(const struct wrappers *wrappers, FILE *stream) {
    static const char *const how[] = {[WRAPPER_FOUND] = "",
                                      [WRAPPER_NAMED] = ", --wrapper",
                                      [WRAPPER_KNOWN] = ", by name"};
    for (size_t i = 0; i < wrappers->count; i++) {
        const struct wrapper *wrapper = &wrappers->list[i];
        if (wrappers_is_again(wrappers, i)) {
            continue;
        }
        fputs("mallocfail: allocates for its callers: ", stream);
        if (wrapper->function) {
            fprintf(stream, "%s (", wrapper->function);
        } else {
            fprintf(stream, "code at 0x%" PRIx64 " (", wrapper->start);
        }
        fprintf(stream, "%s%s)\n", wrapper->module, how[wrapper->kind]);
    }
    if (wrappers->unread) {
        fputs(
            "mallocfail: machine code cannot be read (capstone): allocation wrappers are "
            "known by name only\n",
            stream);
    }
}

void report_oracle(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    fprintf(stream,
            "mallocfail: clean run: exit status %d after %.3f s, %" PRIu64
            " allocation%s from %zu stack%s",
            WEXITSTATUS(oracle->status), seconds(oracle->elapsed_ns), count_all(oracle),
            plural(count_all(oracle)), campaign->points.stacks,
            plural(campaign->points.stacks));
    if (oracle->before_main > 1) {
        fprintf(stream, ", %" PRIu64 " of them before main", oracle->before_main - 1);
    }
    fputc('\n', stream);
    if (oracle->early > 0) {
        fprintf(stream,
                "mallocfail: %" PRIu64 " more came before --arm %s and %s not tried: "
                "--arm startup tries them\n",
                oracle->early, campaign->options->arm, oracle->early == 1 ? "is" : "are");
    }
    if (campaign->plan.launchers > 0) {
        fprintf(stream, "mallocfail: it becomes %s by exec, and that is tested\n",
                oracle->image);
    }
    report_processes(campaign, stream);
    if (oracle->id_count < oracle->count) {
        fprintf(stream,
                "mallocfail: only the first %zu allocations are tried: %" PRIu64
                " more are not\n",
                oracle->id_count, oracle->count - oracle->id_count);
    }
    if (oracle->stacks.stacks_out > 0) {
        fprintf(stream, "mallocfail: %zu of the stacks %s left out by module\n",
                oracle->stacks.stacks_out, oracle->stacks.stacks_out == 1 ? "is" : "are");
    }
    if (campaign->diag->verbose) {
        print_wrappers(&campaign->wrappers, stream);
    }
    report_complaint(oracle, stream);
    print_usual(oracle, stream);
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
    report_moving(campaign, stream);
    if (oracle->shared_file) {
        print_named("clean runs write ", oracle->shared_file, ": one run at a time",
                    stream);
    }
    report_watched(campaign, stream);
}

/** Why trials were not run in place, in words. */
static void print_unsuited(struct campaign *campaign, FILE *stream) {
    static const char *const reasons[CAMPAIGN_REASONS] = {
        [MF_POINT_WAITING] = "not reached in place",
        [MF_POINT_THREADS] = "had several threads",
        [MF_POINT_DESCRIPTORS] = "held open what cannot be shared",
        [MF_POINT_PROC] = "held a file of /proc open",
        [MF_POINT_SIGNALS] = "had a pending signal",
        [MF_POINT_TIMERS] = "had an armed timer",
        [MF_POINT_SHARED_MEMORY] = "had writable shared memory",
        [MF_POINT_REFUSED] = "could not be held",
        [MF_POINT_STOPPED] = "came after holding had become too dear",
        [CAMPAIGN_WATCH] = "may have written what is watched",
        [CAMPAIGN_MOVED] = "had another stack in place",
        [CAMPAIGN_BARRIER] = "would have changed what others see",
        [MF_POINT_SKIPPED] = "were expected to",
    };
    const char *before = " (";
    for (size_t i = 0; i < CAMPAIGN_REASONS; i++) {
        if (campaign->unsuited[i] && reasons[i]) {
            fprintf(stream, "%s%zu %s", before, campaign->unsuited[i], reasons[i]);
            before = ", ";
        }
        if (i == CAMPAIGN_BARRIER && campaign->barred.call_count > 0) {
            fputs(": ", stream);
            barred_print(&campaign->barred, stream);
        }
    }
    if (campaign->not_in_place) {
        fprintf(stream, "%s%s", before, campaign->not_in_place);
        before = ", ";
    }
    fputs(before[1] == '(' ? "" : ")", stream);
}

/** Why not all failures were tried. */
static const char *why_not_all(const struct campaign *campaign) {
    return campaign->stopped_by                     ? "interrupted"
           : campaign->out_of_time                  ? "the budget is spent"
           : campaign->cut_short                    ? "runs could not be started"
           : campaign->done < campaign->trial_count ? "runs could not be started"
           : campaign->options->max && campaign->trial_count == campaign->options->max
               ? "--max wanted no more"
               : "they are in other parts (--shard)";
}

static void print_strategy(struct campaign *campaign, FILE *stream) {
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
    if (campaign->audited) {
        fprintf(stream, "mallocfail: in place agrees with %zu of %zu fresh trial%s\n",
                campaign->audits_agreed, campaign->audited, plural(campaign->audited));
    }
    if (campaign->recognised) {
        fprintf(stream,
                "mallocfail: %zu trial%s ended early: only allocations failed in %s that "
                "another trial retried until its time was over\n",
                campaign->recognised, campaign->recognised == 1 ? " was" : "s were",
                campaign->recognised == 1 ? "it" : "them");
    }
    if (campaign->moved) {
        fputs("mallocfail: allocations came in another order than in the clean runs: "
              "failures were placed by stack, not by number\n",
              stream);
    }
    if (campaign->oracle.moved > campaign->oracle.moved_first) {
        fputs("mallocfail: later clean runs wrote something else than the first two:\n",
              stream);
        report_moving(campaign, stream);
    }
    if (campaign->unchecked) {
        fprintf(
            stream,
            "mallocfail: the command of --check ended %zu time%s with neither 0 nor 1: "
            "those runs are not checked\n",
            campaign->unchecked, plural(campaign->unchecked));
    }
    if (campaign->wavering) {
        fprintf(stream,
                "mallocfail: %zu failure%s flaky: its output was wrong once, and not "
                "when it was tried again\n",
                campaign->wavering, campaign->wavering == 1 ? " is" : "s are");
    }
    if (campaign->resumed) {
        fprintf(stream, "mallocfail: %zu of them were tried before: ", campaign->resumed);
        printable_put(campaign->options->resume, stream);
        fputs(" has them\n", stream);
    }
    if (campaign->survived) {
        fprintf(stream,
                "mallocfail: %zu failure%s survived so far, and %s cut off before the "
                "end: %s\n",
                campaign->survived, plural(campaign->survived),
                campaign->survived == 1 ? "was" : "were", why_not_all(campaign));
    }
    if (campaign->done < campaign->planned) {
        size_t left = campaign->planned - campaign->done;
        fprintf(stream, "mallocfail: %zu failure%s not tried: %s\n", left,
                left == 1 ? " was" : "s were", why_not_all(campaign));
    }
}

static void print_outcomes(const struct campaign *campaign, FILE *stream) {
    size_t counts[OUTCOME_COUNT] = {0};
    size_t missed = 0;
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE) {
            counts[trial->outcome]++;
            missed += trial->failed == 0 && trial->outcome != OUTCOME_SURVIVED;
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

/** Places that have no name, for there was no time. */
static void print_unnamed(const struct campaign *campaign, FILE *stream) {
    if (campaign->unnamed > 0) {
        fprintf(stream,
                "mallocfail: coverage has %zu of %zu places as module and offset only: "
                "%s\n",
                campaign->unnamed, campaign->oracle.stacks.place_count,
                campaign->stopped_by || campaign->unnamed_by ? "interrupted"
                                                             : "the budget is spent");
    }
}

/** What no failure reaches: a line each. */
static void print_unreached(const struct campaign *campaign, FILE *stream) {
    for (size_t i = 0; i < campaign->unreached.count; i++) {
        const struct own_pool *pool = &campaign->unreached.list[i];
        fprintf(stream, "mallocfail: not tried: %s (", pool->what);
        if (pool->module) {
            fprintf(stream, "%s in ", pool->symbol);
            printable_put(pool->module, stream);
        } else {
            fputs(pool->symbol, stream);
        }
        fprintf(stream, ")%s%s\n", pool->remedy ? ": " : "",
                pool->remedy ? pool->remedy : "");
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
    finding_text_live(&style, exploration_finding_json(campaign, defects, defect),
                      stream);
}

/** What is not counted: a line each. */
static void print_aside(const struct campaign *campaign, const struct defects *defects,
                        FILE *stream) {
    bool any = false;
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            continue;
        }
        if (!any) {
            fputs("\nmallocfail: ended by their own design, or by a compiler's run-time "
                  "library, not counted:\n",
                  stream);
            any = true;
        }
        fprintf(stream, "    %zu time%s: %s\n", defect->trials, plural(defect->trials),
                defect->finding.verdict.explanation);
    }
}

void report_campaign(struct campaign *campaign, const struct defects *defects,
                     FILE *stream) {
    size_t found = 0, fresh = 0;
    print_strategy(campaign, stream);
    print_outcomes(campaign, stream);
    print_unnamed(campaign, stream);
    print_unreached(campaign, stream);
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            print_defect(campaign, defects, defect, stream);
            found++;
            fresh += !defect->known;
        }
    }
    print_aside(campaign, defects, stream);
    fprintf(stream, "\nmallocfail: %zu defect%s", found, plural(found));
    if (!campaign_is_complete(campaign)) {
        fprintf(stream, " in %zu of %zu failure%s tried", campaign->done,
                campaign->planned, plural(campaign->planned));
        if (campaign->survived) {
            fprintf(stream, ", %zu not to the end", campaign->survived);
        }
    }
    if (campaign->options->baseline) {
        fprintf(stream, ", %zu of them new", fresh);
    }
    fputs(campaign->written ? "; results in " : "; no results in ", stream);
    printable_put(campaign->options->directory, stream);
    fputc('\n', stream);
}
