// SPDX-License-Identifier: MIT
#include "runner/explore/report_clean.h"

#include "core/channel/explore.h"
#include "core/policy/resource.h"
#include "runner/report/report_pages.h"
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

/** Name what executed the tested program. */
static void report_before(const struct oracle *oracle, FILE *stream) {
    for (size_t i = 0; i < oracle->others.before.count; i++) {
        const struct others_entry *entry = &oracle->others.before.entries[i];
        fprintf(stream,
                "mallocfail: %s itself was not tested: %" PRIu64
                " allocation%s before it executes %s (--follow tests %s, too)\n",
                entry->image, entry->allocations, plural(entry->allocations),
                oracle->image, entry->allocations == 1 ? "it" : "them");
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

/** Name what went on when the program had ended. */
static void report_left_running(const struct oracle *oracle, FILE *stream) {
    if (oracle->left_running > 0) {
        fprintf(
            stream,
            "mallocfail: %zu process%s of the program still ran when it had ended: what "
            "%s then is not tested (for a server, keep it in the foreground, and use "
            "'mallocfail serve')\n",
            oracle->left_running, plural_es(oracle->left_running),
            oracle->left_running == 1 ? "it did" : "they did");
    }
}

/** What is to be known about other processes. */
static void report_processes(const struct campaign *campaign, FILE *stream) {
    const struct oracle *oracle = &campaign->oracle;
    report_left_running(oracle, stream);
    report_unreached(&oracle->others.unreached, stream);
    if (!campaign->options->follow || campaign->plan.behind) {
        report_others(&oracle->others, stream);
    }
    if (!campaign->options->follow) {
        return;
    }
    fprintf(stream,
            "mallocfail: %" PRIu64 " of the allocations are in %zu more process%s (forks "
            "and executed programs)\n",
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
        print_named("clean runs differ in their ", output, ": it is not compared",
                    stream);
        return;
    }
    if (steady->unordered) {
        print_named("several threads run: the order of lines of ", output,
                    " is not compared", stream);
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

void report_moving(const struct campaign *campaign, FILE *stream) {
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
            print_named("clean runs do not write '", name,
                        "': a run that does counts as different", stream);
        }
    }
    if (campaign->watch.count > 0 && campaign->options->serial) {
        fputs("mallocfail: all runs share the watched files: fresh runs go one at a time "
              "(--scratch gives each a directory of its own)\n",
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
    fputs("mallocfail: note: the clean run itself fails: is this the run you meant?\n",
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
        fprintf(
            stream,
            "mallocfail: note: the clean run itself gets fatal signals, at %zu place%s, "
            "and catches them: they do not count as crashes\n",
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

/** How many calls of resource functions there were, where they fail, too: ", 3 of them open,
 * 1 fopen"; or that there were none. */
static void print_also(const struct campaign *campaign, FILE *stream) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    bool any = false;
    for (unsigned i = 0; campaign->options->also && mf_resource_at(i); i++) {
        uint64_t count = stacks_count(stacks, mf_resource_function(i));
        if (count > 0) {
            fprintf(stream, "%s%" PRIu64 " %s",
                    any ? ", " : "mallocfail: of these calls: ", count,
                    mf_resource_at(i)->name);
            any = true;
        }
    }
    if (any) {
        fputs("; the others ask for memory\n", stream);
    } else if (campaign->options->also) {
        fputs("mallocfail: the program calls none of the functions of --also, as far as "
              "mallocfail sees: only allocations fail\n",
              stream);
    }
}

/** Name the functions by name that no call has come to: they are not tried. Of a static
 * program's stacks it is not known which function they are of. */
static void print_uncalled(const struct campaign *campaign, FILE *stream) {
    const struct mf_patches *plan = &campaign->preflight->patches.plan;
    bool any = false, known = !campaign->preflight->breakpoints.patches;
    for (unsigned i = 0; known && i < plan->named_count; i++) {
        if (stacks_count(&campaign->oracle.stacks, MF_NAMED + i) == 0) {
            fprintf(stream, "%s%s",
                    any ? ", "
                        : "mallocfail: of --allocation, the clean run does not call, as "
                          "far as mallocfail sees: ",
                    plan->named[i].name);
            any = true;
        }
    }
    if (any) {
        fputs("\n", stream);
    }
}

/** How many allocations are selected by size and time: of others the stacks are not known. */
static void print_selected(const struct campaign *campaign, FILE *stream) {
    const struct selection *selection = &campaign->options->choice.selection;
    const struct selection facts = {.sized = selection->sized,
                                    .after_ns = selection->after_ns};
    if (selection_has_facts(&facts)) {
        fprintf(stream, ", of which %s selects %zu", selection_name(&facts),
                campaign->points.selected);
    }
}

void report_oracle(const struct campaign *campaign, FILE *stream) {
    const char *what = campaign->options->also ? "call" : "allocation";
    const struct oracle *oracle = &campaign->oracle;
    fprintf(stream,
            "mallocfail: clean run: exit status %d after %.3f s, %" PRIu64 " %s%s",
            WEXITSTATUS(oracle->status), seconds(oracle->elapsed_ns), count_all(oracle),
            what, plural(count_all(oracle)));
    print_selected(campaign, stream);
    fprintf(stream, " from %zu stack%s", campaign->points.stacks,
            plural(campaign->points.stacks));
    if (oracle->before_main > 1) {
        fprintf(stream, ", %" PRIu64 " of them before main", oracle->before_main - 1);
    }
    fputc('\n', stream);
    print_also(campaign, stream);
    print_uncalled(campaign, stream);
    if (oracle->early > 0) {
        fprintf(stream,
                "mallocfail: %" PRIu64 " more came before --arm %s and %s not tried: "
                "--arm startup tries them\n",
                oracle->early, campaign->options->arm, oracle->early == 1 ? "is" : "are");
    }
    if (campaign->plan.launchers > 0) {
        fprintf(stream, "mallocfail: it executes %s, and that is tested\n",
                oracle->image);
    }
    if (campaign->input_unread) {
        fputs("mallocfail: " CAMPAIGN_INPUT_UNREAD "\n", stream);
    }
    report_before(oracle, stream);
    report_processes(campaign, stream);
    if (oracle->id_count < oracle->count) {
        fprintf(stream,
                "mallocfail: only the first %zu allocations are tried: %" PRIu64
                " more are not\n",
                oracle->id_count, oracle->count - oracle->id_count);
    }
    if (oracle->stacks.stacks_out > 0) {
        const struct points_choice *choice = &campaign->options->choice;
        bool module = choice->only.count + choice->skip.count > 0;
        bool function = choice->only_function.count + choice->skip_function.count > 0;
        fprintf(stream, "mallocfail: %zu of the stacks %s left out by %s%s%s\n",
                oracle->stacks.stacks_out, oracle->stacks.stacks_out == 1 ? "is" : "are",
                module ? "module" : "", module && function ? " or " : "",
                function ? "function" : "");
    }
    if (campaign->diag->verbose) {
        print_wrappers(&campaign->wrappers, stream);
    }
    if (campaign->options->leaks && !oracle->leaks.open_known) {
        fputs(
            "mallocfail: descriptors that are left open are not seen: clean runs are not "
            "traced\n",
            stream);
    }
    report_complaint(oracle, stream);
    print_usual(oracle, stream);
    if (oracle->second_count != oracle->count) {
        fprintf(stream,
                "mallocfail: a second clean run made %" PRIu64
                " %ss: failures are placed by stack, not by number\n",
                oracle->second_count, what);
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
        bool compared = campaign->watch.count > 0;
        print_named("clean runs write ", oracle->shared_file,
                    compared ? ": one run at a time (see --prepare and --scratch)"
                             : ": one run at a time (see --prepare and --scratch); what "
                               "is written there is not compared (see --watch)",
                    stream);
    }
    report_watched(campaign, stream);
}
