// SPDX-License-Identifier: MIT
#include "runner/explore/report_explore.h"

#include "core/channel/explore.h"
#include "runner/explore/misses.h"
#include "runner/explore/report_clean.h"
#include "runner/formats/finding_text.h"
#include "runner/formats/tests.h"
#include "runner/results/chosen.h"
#include "runner/results/coverage.h"
#include "runner/results/exploration_json.h"
#include "runner/results/results.h"
#include "runner/results/resume.h"
#include "runner/results/suppressions.h"
#include "runner/util/clock.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static double seconds(uint64_t ns) {
    return (double)ns / (double)CLOCK_SECOND;
}

void report_unsuited(struct campaign *campaign, FILE *stream) {
    const char *before = " (";
    for (size_t i = 0; i < CAMPAIGN_REASONS; i++) {
        if (campaign->unsuited[i] && campaign_reason(i)) {
            fprintf(stream, "%s%zu %s", before, campaign->unsuited[i],
                    campaign_reason(i));
            before = ", ";
        }
        if (i == CAMPAIGN_BARRIER && campaign->unsuited[i] &&
            campaign->barred.call_count > 0) {
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

/** Of how many failures leaks are not known, and by their reasons. */
static size_t count_leaks(const struct campaign *campaign, size_t counts[LEAKINGS]) {
    size_t all = 0;
    trial_count_leaks(campaign->trials, campaign->trial_count, counts);
    for (size_t i = LEAKING_KNOWN + 1; i < LEAKINGS && campaign->options->leaks; i++) {
        all += counts[i];
    }
    return all;
}

void report_leaks(const struct campaign *campaign, FILE *stream) {
    size_t counts[LEAKINGS], all = count_leaks(campaign, counts);
    if (all == 0) {
        return;
    }
    fprintf(stream, "mallocfail: leaks are not known of %zu failure%s:", all,
            plural(all));
    const char *before = " ";
    for (size_t i = LEAKING_KNOWN + 1; i < LEAKINGS; i++) {
        if (counts[i] > 0) {
            fprintf(stream, "%s%zu %s", before, counts[i],
                    trial_leaks_words((enum leaking)i));
            before = ", ";
        }
    }
    fputc('\n', stream);
}

/** Why not all failures were tried. */
static const char *why_not_all(const struct campaign *campaign) {
    return campaign->stopped_by    ? "interrupted"
           : campaign->out_of_time ? "the budget is spent"
           : campaign->cut_short   ? "runs could not be started"
           : campaign->done + campaign->missed < campaign->trial_count
               ? "runs could not be started"
           : campaign->options->max && campaign->trial_count == campaign->options->max
               ? "--max was reached"
           : campaign->limited ? "they met a limit on the size of files (ulimit -f)"
                               : "they are in other parts (--shard)";
}

/** How many trials were processes of their own. */
static size_t count_fresh(const struct campaign *campaign) {
    return campaign->done - campaign->in_place - campaign->inferred;
}

static void print_strategy(struct campaign *campaign, FILE *stream) {
    double spent = seconds(campaign->trying_ns);
    fprintf(stream, "mallocfail: %zu failure%s tried in %.2f s: %zu in place, ",
            campaign->done, plural(campaign->done), spent, campaign->in_place);
    if (campaign->inferred) {
        fprintf(stream, "%zu inferred, ", campaign->inferred);
    }
    fprintf(stream, "%zu fresh", count_fresh(campaign));
    report_unsuited(campaign, stream);
    fputc('\n', stream);
    if (campaign->audited) {
        fprintf(stream, "mallocfail: in place agrees with %zu of %zu fresh trial%s\n",
                campaign->audits_agreed, campaign->audited, plural(campaign->audited));
    }
    if (campaign->recognised) {
        fprintf(
            stream,
            "mallocfail: %zu trial%s ended early: in %s only those allocations failed "
            "that another trial retried until its time-out\n",
            campaign->recognised, campaign->recognised == 1 ? " was" : "s were",
            campaign->recognised == 1 ? "it" : "them");
    }
    if (campaign->moved) {
        fputs("mallocfail: allocations came in a different order than in the clean runs: "
              "failures were placed by stack, not by number\n",
              stream);
    }
    if (campaign->oracle.moved > campaign->oracle.moved_first) {
        fputs("mallocfail: later clean runs differ from the first two:\n", stream);
        report_moving(campaign, stream);
    }
    if (campaign->unchecked) {
        fprintf(
            stream,
            "mallocfail: %zu of %zu run%s %s not checked: the command of --check exited "
            "with a status other than 0 and 1\n",
            campaign->unchecked, campaign->checked, plural(campaign->checked),
            campaign->unchecked == 1 ? "was" : "were");
    }
    if (campaign->wavering) {
        fprintf(stream,
                "mallocfail: %zu failure%s flaky: its output was wrong once, but not "
                "when it was tried again\n",
                campaign->wavering, campaign->wavering == 1 ? " is" : "s are");
    }
    if (campaign->killed_once) {
        fprintf(
            stream,
            "mallocfail: %zu failure%s flaky: SIGKILL ended the program once, but not "
            "when it was tried again: it was probably killed from outside\n",
            campaign->killed_once, campaign->killed_once == 1 ? " is" : "s are");
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
    size_t run = campaign->done + campaign->missed;
    if (run < campaign->planned) {
        size_t left = campaign->planned - run;
        fprintf(stream, "mallocfail: %zu failure%s not tried: %s\n", left,
                left == 1 ? " was" : "s were", why_not_all(campaign));
    }
}

static void print_outcomes(const struct campaign *campaign, FILE *stream) {
    size_t counts[OUTCOME_COUNT] = {0};
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE) {
            counts[trial->outcome]++;
        }
    }
    struct coverage coverage = {0};
    coverage_count(&coverage, campaign);
    if (coverage.stacks == 0 && campaign->done > 0) {
        fputs("mallocfail: the stacks are not known, as in a program with little address "
              "space (ulimit -v)",
              stream);
    } else {
        fprintf(stream, "mallocfail: %zu of %zu stack%s, %zu of %zu call site%s failed",
                coverage.stacks_failed, coverage.stacks, plural(coverage.stacks),
                coverage.sites_failed, coverage.sites, plural(coverage.sites));
    }
    const char *before = ": ";
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        if (counts[i]) {
            fprintf(stream, "%s%zu %s", before, counts[i], outcome_name(i));
            before = ", ";
        }
    }
    fputc('\n', stream);
    misses_print(campaign, stream);
}

void report_frameless(size_t count, FILE *stream) {
    if (count > 0) {
        fprintf(stream,
                "mallocfail: the call site%s of %zu stack%s %s not known, and count%s as "
                "one: there was no room for their frames\n",
                plural(count), count, plural(count), count == 1 ? "is" : "are",
                count == 1 ? "s" : "");
    }
}

/** How many stacks found no room for their frames. */
static size_t count_frameless(const struct stacks *stacks) {
    size_t count = 0;
    for (size_t i = 0; i < stacks->count; i++) {
        count += stacks->list[i].count == 0;
    }
    return stacks->frame_count > STACKS_FRAMES - MF_FRAMES_MAX ? count : 0;
}

/** Places that have no name, for there was no time. */
static void print_unnamed(const struct campaign *campaign, FILE *stream) {
    if (campaign->unnamed > 0) {
        fprintf(stream,
                "mallocfail: coverage has %zu of %zu places as module and offset only: "
                "%s\n",
                campaign->unnamed, campaign->oracle.stacks.place_count,
                campaign->stopped_by || campaign->unnamed_by ? "interrupted"
                                                             : "time ran out");
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
            if (pool->more > 0) {
                fprintf(stream, " and %zu more", pool->more);
            }
        } else {
            fputs(pool->symbol, stream);
        }
        fprintf(stream, ")%s%s\n", pool->remedy ? ": " : "",
                pool->remedy ? pool->remedy : "");
    }
}

/** What builds do not show: a line each. */
static void print_unseen(const struct campaign *campaign, FILE *stream) {
    for (size_t i = 0; i < campaign->unseen.count; i++) {
        const struct unseen_kind *kind = &campaign->unseen.list[i];
        fputs("mallocfail: not seen", stream);
        for (size_t k = 0; k < kind->count && k < UNSEEN_PROGRAMS_MAX; k++) {
            fputs(k == 0 ? " in " : ", ", stream);
            printable_put(kind->programs[k], stream);
        }
        if (kind->count > UNSEEN_PROGRAMS_MAX) {
            fprintf(stream, " and %zu more", kind->count - UNSEEN_PROGRAMS_MAX);
        }
        fprintf(stream, ": %s, for %s: %s\n", kind->unseen->what, kind->unseen->why,
                kind->unseen->remedy);
    }
}

static void print_defect(const struct campaign *campaign, const struct defects *defects,
                         const struct defect *defect, json_t *alike, FILE *stream) {
    const struct document style = {
        .alike = alike,
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
        if (defect->suppressed || defect_counts(defect, campaign->options->aborts)) {
            continue;
        }
        if (!any) {
            fputs("\nmallocfail: ended by design, or by a fault in a compiler's run-time "
                  "library; not counted:\n",
                  stream);
            any = true;
        }
        fprintf(stream, "    %zu time%s: %s\n", defect->trials, plural(defect->trials),
                defect->finding.verdict.explanation);
    }
}

/** The last line: how many defects, in how much of what was to be tried. */
static void print_sum(const struct campaign *campaign, const struct defects *defects,
                      FILE *stream) {
    size_t found = 0, fresh = 0;
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            found++;
            fresh += !defect->known;
        }
    }
    json_t *kept = resume_kept(campaign, defects);
    size_t kept_count = resume_count(kept, false);
    found += kept_count;
    fresh += resume_count(kept, true);
    json_decref(kept);
    fprintf(stream, "mallocfail: %zu defect%s", found, plural(found));
    if (kept_count > 0) {
        fprintf(stream, " (%zu not shown again, as ", kept_count);
        printable_put(campaign->options->resume, stream);
        fprintf(stream, " %s)", kept_count == 1 ? "has it" : "has them");
    }
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
    size_t leaks[LEAKINGS], unknown = count_leaks(campaign, leaks);
    if (unknown > 0) {
        fprintf(stream, ", leaks not known of %zu of %zu failure%s", unknown,
                campaign->done, plural(campaign->done));
    }
    if (campaign->untraced && count_fresh(campaign) > 0) {
        fputs(", as far as exit statuses tell (not traced)", stream);
    }
    fputs(campaign->written ? "; results in " : "; no results in ", stream);
    printable_put(campaign->options->directory, stream);
    fputc('\n', stream);
}

void report_brief(const struct campaign *campaign, const struct defects *defects,
                  FILE *stream) {
    for (size_t i = 0; i < defects->count; i++) {
        if (defect_counts(defects->list[i], campaign->options->aborts)) {
            finding_text_line(
                exploration_finding_json(campaign, defects, defects->list[i]), stream);
        }
    }
    if (campaign->options->print_suppressions) {
        suppressions_propose(campaign, defects, stream);
    }
    print_sum(campaign, defects, stream);
}

void report_campaign(struct campaign *campaign, const struct defects *defects,
                     FILE *stream) {
    print_strategy(campaign, stream);
    report_leaks(campaign, stream);
    report_frameless(count_frameless(&campaign->oracle.stacks), stream);
    chosen_print(campaign, stream);
    report_found(campaign, defects, stream);
}

/** What several commands of a suite in different directories are called; NULL = nothing. */
static json_t *commands_alike(const struct campaign *campaign) {
    json_t *list = campaign->commands ? commands_json(campaign->commands) : NULL;
    json_t *alike = list ? tests_alike(list) : NULL;
    json_decref(list);
    return alike;
}

void report_found(const struct campaign *campaign, const struct defects *defects,
                  FILE *stream) {
    json_t *alike = commands_alike(campaign);
    print_outcomes(campaign, stream);
    print_unnamed(campaign, stream);
    print_unreached(campaign, stream);
    print_unseen(campaign, stream);
    for (size_t i = 0; i < defects->count; i++) {
        const struct defect *defect = defects->list[i];
        if (defect_counts(defect, campaign->options->aborts)) {
            print_defect(campaign, defects, defect, alike, stream);
        }
    }
    json_decref(alike);
    print_aside(campaign, defects, stream);
    suppressions_print(campaign->suppressions, campaign->diag->verbose, stream);
    if (campaign->options->print_suppressions) {
        fputc('\n', stream);
        suppressions_propose(campaign, defects, stream);
    }
    fputc('\n', stream);
    print_sum(campaign, defects, stream);
}
