// SPDX-License-Identifier: MIT
// A row for each option; two or more where commands have an option in common, but not its
// help. A row names a member of the settings, and does not compile where the member has
// another type than its kind puts there.
#include "runner/cmd/option_table.h"

#include "core/policy/allocator.h"
#include "core/policy/resource.h"
#include "runner/trace/histogram_view.h"
#include "runner/trace/tracetext.h"

#include <stdlib.h>
#include <string.h>

static const char *const exits[] = {
    [SETTINGS_EXIT_TARGET - 1] = "target",
    [SETTINGS_EXIT_VERDICT - 1] = "verdict",
    NULL,
};
static const char *const nothings[] = {
    [SETTINGS_NOTHING_ERROR - 1] = "error",
    [SETTINGS_NOTHING_SKIP - 1] = "skip",
    [SETTINGS_NOTHING_OK - 1] = "ok",
    NULL,
};
static const char *const strategies[] = {
    [STRATEGY_AUTO] = "auto",
    [STRATEGY_IN_PLACE] = "in-place",
    [STRATEGY_FRESH] = "fresh",
    NULL,
};
static const char *const arms[] = {"load", "main", "startup", NULL};
static const char *const points[] = {"stacks", "all", "sample:", NULL};
static const char *const groups[] = {
    "files", "sockets", "threads", "processes", "mappings", NULL,
};
static const char *const modes[] = {
    "once", "persistent", "pairs", "once,persistent", NULL,
};
#define FORMAT(name, trials)      #name,
#define DESTINATION(name, trials) #name ":",
static const char *const formats[] = {FORMATS(FORMAT, FORMAT) NULL};
static const char *const destinations[] = {FORMATS(DESTINATION, DESTINATION) NULL};
static const char *const trace_formats[] = {
    [SETTINGS_TRACE_TSV - 1] = "tsv",
    [SETTINGS_TRACE_FOLDED - 1] = "folded",
    [SETTINGS_TRACE_JSON - 1] = "json",
    NULL,
};
static const char *const weights[] = {
    [TRACE_BYTES] = "bytes",
    [TRACE_CALLS] = "calls",
    [TRACE_LIVE] = "live",
    NULL,
};

static int set_report(struct settings *settings, const char *text,
                      const struct diag *diag) {
    return destinations_add(&settings->reports, text, diag);
}

static int set_points(struct settings *settings, const char *text,
                      const struct diag *diag) {
    (void)diag;
    return points_read_kind(text, &settings->campaign.choice) == 0 ? 0 : 1;
}

static int set_modes(struct settings *settings, const char *text,
                     const struct diag *diag) {
    (void)diag;
    settings->campaign.modes = 0;
    while (true) {
        size_t length = strcspn(text, ",");
        unsigned bit = trial_mode_bit(text, length);
        if (!bit) {
            return 1;
        }
        // Second failures go by what the first ones do.
        settings->campaign.modes |= bit;
        settings->campaign.modes |= bit == 1u << TRIAL_PAIRS ? 1u << TRIAL_ONCE : 0;
        if (text[length] == '\0') {
            return 0;
        }
        text += length + 1;
    }
}

static int set_expect_status(struct settings *settings, const char *text,
                             const struct diag *diag) {
    (void)diag;
    settings->campaign.demands.status = text;
    return demands_is_status(text) ? 0 : 1;
}

static int set_expect_message(struct settings *settings, const char *text,
                              const struct diag *diag) {
    (void)diag;
    settings->campaign.demands.message = text;
    return demands_is_message(text) ? 0 : 1;
}

static int set_shard(struct settings *settings, const char *text,
                     const struct diag *diag) {
    (void)diag;
    return points_read_shard(text, &settings->campaign.choice) == 0 ? 0 : 1;
}

/** Add a function or a group that is to fail, too; 1 where it is neither. */
static int add_functions(struct settings *settings, const char *text, size_t length) {
    char word[64] = "";
    if (length < sizeof(word)) {
        memcpy(word, text, length);
    }
    mf_functions functions = mf_resource_read(word);
    settings->campaign.also |= functions;
    return functions ? 0 : 1;
}

static int set_also(struct settings *settings, const char *text,
                    const struct diag *diag) {
    (void)diag;
    while (true) {
        size_t length = strcspn(text, ",");
        if (add_functions(settings, text, length) != 0) {
            return 1;
        }
        if (text[length] == '\0') {
            return 0;
        }
        text += length + 1;
    }
}

/** Add a pattern for modules or functions. */
static int add_glob(struct stacks_globs *globs, const char *text, const char *what,
                    const struct diag *diag) {
    const char *fault = stacks_add_glob(globs, text);
    if (fault) {
        diag_error(diag, "'%s' is not a valid pattern for %s: %s", text, what, fault);
    }
    return fault ? -1 : 0;
}

static int set_only(struct settings *settings, const char *text,
                    const struct diag *diag) {
    return add_glob(&settings->campaign.choice.only, text, "modules", diag);
}

static int set_skip(struct settings *settings, const char *text,
                    const struct diag *diag) {
    return add_glob(&settings->campaign.choice.skip, text, "modules", diag);
}

static int set_only_function(struct settings *settings, const char *text,
                             const struct diag *diag) {
    return add_glob(&settings->campaign.choice.only_function, text, "functions", diag);
}

static int set_skip_function(struct settings *settings, const char *text,
                             const struct diag *diag) {
    return add_glob(&settings->campaign.choice.skip_function, text, "functions", diag);
}

static int set_nth(struct settings *settings, const char *text, const struct diag *diag) {
    (void)diag;
    return selection_read_nth(text, &settings->campaign.choice.selection) == 0 ? 0 : 1;
}

static int set_random(struct settings *settings, const char *text,
                      const struct diag *diag) {
    (void)diag;
    return selection_read_chance(text, &settings->campaign.choice.selection) == 0 ? 0 : 1;
}

/** The most times that a suite may take its own time. */
#define WITHIN_MAX 1000

static int set_within(struct settings *settings, const char *text,
                      const struct diag *diag) {
    (void)diag;
    char *end = NULL;
    double times = *text >= '0' && *text <= '9' ? strtod(text, &end) : 0;
    if (!end || times < 1.1 || times > WITHIN_MAX || (*end && strcmp(end, "x") != 0)) {
        return 1;
    }
    settings->within = (uint64_t)(times * 1000);
    return 0;
}

static int set_above(struct settings *settings, const char *text,
                     const struct diag *diag) {
    (void)diag;
    return selection_read_above(text, &settings->campaign.choice.selection) == 0 ? 0 : 1;
}

static int set_wrapper(struct settings *settings, const char *text,
                       const struct diag *diag) {
    return add_glob(&settings->campaign.choice.wrappers, text, "functions", diag);
}

/** The offset of a member of the settings that has such a type. */
#define AT(member, type)                                                                 \
    .offset = _Generic(((struct settings *)NULL)->member, __typeof__(type)               \
                       : offsetof(struct settings, member))

/** What an option takes, and the member that it goes into. */
#define VALUE(name, member, type, ...)                                                   \
    { .kind = OPTION_##name, AT(member, type), __VA_ARGS__ }
#define FLAG(member)      VALUE(FLAG, member, bool)
#define PATH(member)      VALUE(FILE, member, const char *)
#define DIRECTORY(member) VALUE(DIRECTORY, member, const char *)
#define POLICY(member)    VALUE(POLICY, member, const char *)
#define COMMAND(member)   VALUE(COMMAND, member, const char *)
#define LIST(member)      VALUE(LIST, member, struct settings_list)
#define DURATION(member)  VALUE(DURATION, member, uint64_t)
#define COUNT(member, least, most)                                                       \
    VALUE(COUNT, member, uint64_t, .min = (least), .max = (most))
#define CHOICE(member, list) VALUE(CHOICE, member, uint32_t, .words = (list))
#define WORD(member, list)   VALUE(WORD, member, const char *, .words = (list))
/** The function that sets it, what shells offer, and what may stand there in words. */
#define OTHER(setter, list, allowed)                                                     \
    { .kind = OPTION_OTHER, .set = (setter), .words = (list), .use = (allowed) }

#define RUN       COMMAND_RUN
#define EXPLORE   COMMAND_EXPLORE
#define REPLAY    COMMAND_REPLAY
#define CHECK     COMMAND_CHECK
#define TRACE     COMMAND_TRACE
#define HISTOGRAM COMMAND_HISTOGRAM
#define REPORT    COMMAND_REPORT
#define MERGE     COMMAND_MERGE
#define CTL       COMMAND_CTL
#define SUITE     COMMAND_SUITE
#define SERVE     COMMAND_SERVE
#define SINGLE    (COMMAND_RUN | COMMAND_EXPLORE | COMMAND_SINGLE)
#define LISTS     COMMAND_LIST
#define HELPS     (COMMAND_HELP | COMMAND_VERSION)

static const struct option_row table[] = {
    {RUN, "policy", 'p', "FILE", POLICY(policy),
     "which allocations fail: a file, or the JSON itself"},
    {CTL, "policy", 'p', "FILE", POLICY(policy),
     "a policy: a file, or the JSON itself; armed at once"},
    {CTL, "fail-next", 0, "N", COUNT(fail_next, 1, INT64_MAX),
     "fail the next N allocations of each process"},
    {CTL, "off", 0, NULL, FLAG(off), "stop failing allocations"},
    {CTL, "status", 0, NULL, FLAG(status),
     "print processes, counts of rules, the latest failures"},

    {REPORT, "format", 'f', "FORMAT", WORD(format, formats),
     "one of " FORMATS_NAMES " (default text)"},

    {EXPLORE, "output", 'o', "DIR", DIRECTORY(output),
     "results (mallocfail-out); %p %a %t: see the manual"},
    {SUITE | SERVE, "output", 'o', "DIR", DIRECTORY(output),
     "results (default mallocfail-out)"},
    {SERVE, "ready", 0, "COMMAND", COMMAND(ready),
     "exits with 0 when SERVER is ready; repeated until it does"},
    {SERVE, "drive", 0, "COMMAND", COMMAND(drive),
     "sends requests to SERVER, and exits with 0 if nothing fails"},
    {SERVE, "health", 0, "COMMAND", COMMAND(health),
     "exits with 0 while SERVER is healthy (default: the command of --drive)"},
    {SERVE, "ready-timeout", 0, "TIME", DURATION(ready_ns),
     "wait this long for SERVER to be ready (default 30s)"},
    {SERVE, "timeout", 0, "TIME", DURATION(timeout_ns),
     "for each drive (default: from the first drives)"},
    {SERVE, "prepare", 0, "COMMAND", COMMAND(prepare),
     "run this before each start of SERVER"},
    {SUITE, "program", 0, "GLOB", LIST(programs),
     "test these programs (default: those outside of /usr and the like); repeatable"},
    {SUITE, "hold", 0, "TIME", DURATION(hold_ns),
     "hold each process for this long at most (default 2s, or twice its own time)"},
    {SUITE, "within", 0, "TIMES", OTHER(set_within, NULL, "3x, or a number from 1.1"),
     "try only what keeps the suite within so many times its own time"},
    {SUITE, "fresh", 0, NULL, FLAG(fresh),
     "afterwards, rerun commands for the failures that could not be tried in place"},
    {SUITE, "fresh-within", 0, "TIME", DURATION(fresh_ns),
     "--fresh, for this long at most"},
    {SUITE, "timeout", 0, "TIME", DURATION(timeout_ns),
     "how long a process may run after a failure (default 2s, or by its age)"},
    {MERGE, "output", 'o', "DIR", DIRECTORY(output),
     "write to DIR (default mallocfail-out)"},
    {REPORT, "output", 'o', "FILE", PATH(output),
     "write to FILE instead of the standard output"},
    {TRACE, "output", 'o', "FILE", PATH(output),
     "where to record (default mallocfail.trace); further processes write to FILE.PID"},
    {TRACE, "stacks", 0, NULL, FLAG(stacks), "record the stack of each allocation, too"},
    {TRACE, "policy", 'p', "FILE", POLICY(policy),
     "make allocations fail under this policy"},

    {SINGLE, "nth", 0, "N", OTHER(set_nth, NULL, "50, 3,7 or 10-20"), NULL},
    {SINGLE, "every", 0, "N", COUNT(campaign.choice.selection.every, 1, INT64_MAX), NULL},
    {SINGLE, "random", 0, "P%", OTHER(set_random, NULL, "1%, or a number up to 1"), NULL},
    {SINGLE, "above", 0, "SIZE", OTHER(set_above, NULL, "4096, 4K, 2M or 1G"), NULL},
    {SINGLE, "after", 0, "TIME", DURATION(campaign.choice.selection.after_ns),
     "fail only these allocations"},
    {RUN | SUITE | SERVE, "report", 0, "FORMAT:FILE",
     OTHER(set_report, destinations, "a format and a file"),
     "write a report, too: " FORMATS_NAMES " (repeatable; '-' is stderr)"},
    {EXPLORE, "report", 0, "FORMAT:FILE",
     OTHER(set_report, destinations, "a format and a file"),
     "write a report, too: " FORMATS_NAMES " (repeatable; '-' is stdout)"},
    {EXPLORE | RUN | SUITE | SERVE, "source-root", 0, "DIR", DIRECTORY(source_root),
     "name source files relative to DIR"},
    {REPORT, "source-root", 0, "DIR", DIRECTORY(source_root),
     "where the sources are: paths are relative to it, and only files below it are "
     "shown (default: the checkout around the working directory)"},

    {RUN | TRACE, "timeout", 0, "TIME", DURATION(timeout_ns),
     "kill PROGRAM and its children after this time: 10s, 2m ..."},
    {RUN, "exit", 0, "WHAT", CHOICE(exit, exits),
     "target: exit with PROGRAM's own status (the default)\n"
     "verdict: exit with 0, but with 1 if PROGRAM crashed"},
    {RUN, "reproducer", 0, "FILE", PATH(reproducer),
     "write a policy that reproduces a crash, for 'mallocfail replay'"},
    {RUN, "no-trace", 0, NULL, FLAG(no_trace),
     "do not trace PROGRAM: only its exit status shows crashes"},
    {RUN, "fill", 0, NULL, FLAG(fill),
     "fill freed memory after a failure, to expose its use"},
    {RUN, "allocator", 0, "WHICH", CHOICE(allocator, mf_allocator_words),
     "next (the default), or pages: each block on pages of its own, to expose misuse; "
     "or pages:1"},
    {RUN | EXPLORE, "allocation", 0, "NAME", LIST(allocations),
     "make this function of PROGRAM fail, too (repeatable)"},
    {SERVE, "allocation", 0, "NAME", LIST(allocations),
     "make this function of SERVER fail, too (repeatable)"},
    {EXPLORE | SUITE, "also", 0, "LIST",
     OTHER(set_also, groups,
           "files, sockets, threads, processes, mappings, or functions"),
     "fail files,sockets,threads,processes,mappings too"},
    {RUN, "force", 0, NULL, FLAG(force), "watch a program that injection cannot reach"},

    {EXPLORE, "points", 0, "WHICH", OTHER(set_points, points, "stacks, all or sample:N"),
     "stacks (one for each; default), all, or sample:N"},
    {EXPLORE, "list", 0, NULL, FLAG(campaign.list),
     "list the points without trying them"},
    {EXPLORE, "mode", 0, "LIST",
     OTHER(set_modes, modes, "once, persistent, pairs, or several of them"),
     "once, persistent, pairs; default once,persistent"},
    {EXPLORE, "strategy", 0, "HOW", CHOICE(strategy, strategies),
     "auto (the default), in-place or fresh"},
    {EXPLORE, "arm", 0, "WHEN", WORD(campaign.arm, arms),
     "startup (default), load or main, as in policies"},
    {EXPLORE, "jobs", 'j', "N", COUNT(jobs, 1, CAMPAIGN_JOBS_MAX),
     "processes at once (default: one for each processor)"},
    {EXPLORE | SERVE, "allocator", 0, "WHICH", CHOICE(allocator, mf_allocator_words),
     "next, or pages: each block apart, exposes misuse"},
    {EXPLORE, "input", 0, "FILE", PATH(input),
     "PROGRAM's standard input (default: empty)"},
    {EXPLORE, "scratch", 0, NULL, FLAG(campaign.scratch),
     "give each run an empty working directory"},
    {EXPLORE, "prepare", 0, "COMMAND", COMMAND(prepare), "run this before each run"},
    {EXPLORE, "watch", 0, "FILE", LIST(watch),
     "PROGRAM writes this: compare it, too (repeatable)"},
    {EXPLORE, "check", 0, "COMMAND", COMMAND(campaign.check),
     "judge outputs: 0 = fine, 1 = wrong; see the manual"},
    {EXPLORE, "expect-status", 0, "N",
     OTHER(set_expect_status, NULL, "numbers from 0 to 255, as 1 or 1,2"), NULL},
    {EXPLORE, "expect-message", 0, "REGEX",
     OTHER(set_expect_message, NULL, "an extended regular expression"), "if handled"},
    {EXPLORE, "strict", 0, NULL, FLAG(campaign.demands.strict),
     "report failures that the program ignores, too"},
    {EXPLORE | SUITE, "leaks", 0, NULL, FLAG(campaign.leaks),
     "report blocks and descriptors that leak"},
    {EXPLORE, "follow", 0, NULL, FLAG(campaign.follow),
     "fail allocations in PROGRAM's child processes, too"},
    {EXPLORE, "timeout", 0, "TIME", DURATION(timeout_ns),
     "for each run (default: from the clean run)"},
    {EXPLORE | SERVE, "budget", 0, "TIME", DURATION(campaign.budget_ns), NULL},
    {EXPLORE | SERVE, "max", 0, "N", COUNT(campaign.max, 1, UINT64_MAX),
     "stop after this time, or N failures"},
    {EXPLORE | SUITE | SERVE, "shard", 0, "K/N",
     OTHER(set_shard, NULL, "K/N, with K from 1 to N"),
     "try only this part of the points"},
    {RUN, "seed", 0, "N", COUNT(campaign.choice.seed, 0, INT64_MAX), "for --random"},
    {EXPLORE, "seed", 0, "N", COUNT(campaign.choice.seed, 0, INT64_MAX),
     "for --random and --points sample:N"},
    {RUN | EXPLORE | SUITE | SERVE, "only-module", 0, "GLOB", OTHER(set_only, NULL, NULL),
     NULL},
    {RUN | EXPLORE | SUITE | SERVE, "skip-module", 0, "GLOB", OTHER(set_skip, NULL, NULL),
     "choose allocations by module"},
    {RUN | EXPLORE | SUITE, "only-function", 0, "GLOB",
     OTHER(set_only_function, NULL, NULL), NULL},
    {RUN | EXPLORE | SUITE, "skip-function", 0, "GLOB",
     OTHER(set_skip_function, NULL, NULL), "choose by calling function"},
    {EXPLORE | SUITE | SERVE, "wrapper", 0, "GLOB", OTHER(set_wrapper, NULL, NULL),
     "these functions allocate for their callers"},
    {EXPLORE, "resume", 0, "DIR", DIRECTORY(campaign.resume),
     "continue from incomplete results"},
    {EXPLORE | SUITE | SERVE, "ignore", 0, "FILE", LIST(ignore),
     "suppress defects as FILE says (repeatable)"},
    {EXPLORE | SUITE | SERVE, "broke-in", 0, "GLOB", LIST(broke_in),
     "count only defects in these modules"},
    {EXPLORE | SUITE | SERVE, "print-suppressions", 0, NULL,
     FLAG(campaign.print_suppressions), "print an entry for --ignore for each defect"},
    {EXPLORE | SUITE | SERVE, "aborts", 0, NULL, FLAG(campaign.aborts),
     "count aborts by design as defects"},
    {EXPLORE | SUITE | SERVE | MERGE, "baseline", 0, "FILE", PATH(campaign.baseline),
     "known defects, which do not count"},
    {EXPLORE | SUITE | SERVE | MERGE, "update-baseline", 0, NULL,
     FLAG(campaign.update_baseline), "write the defects found to the --baseline file"},

    {REPLAY, "timeout", 0, "TIME", DURATION(timeout_ns),
     "kill PROGRAM after 500ms, 10s, 2m ... (default: as it was found, or 10s)"},
    {REPLAY, "input", 0, "FILE", PATH(input),
     "standard input of PROGRAM (default: as it was found)"},
    {REPLAY, "prepare", 0, "COMMAND", COMMAND(prepare),
     "run this before PROGRAM (default: as it was found)"},
    {REPLAY, "allocator", 0, "WHICH", CHOICE(allocator, mf_allocator_words),
     "as in 'mallocfail run' (default: what FILE says)"},
    {REPLAY, "gdb", 0, NULL, FLAG(gdb),
     "open gdb on PROGRAM, stopped at the failing allocation"},

    {RUN | EXPLORE | SUITE | SERVE | TRACE | MERGE, "if-nothing", 0, "WHAT",
     CHOICE(if_nothing, nothings), "nothing tested: error (125), skip (77) or ok (0)"},

    {CTL, "timeout", 0, "TIME", DURATION(timeout_ns),
     "wait this long for the processes to take it (default 100ms)"},

    {TRACE, "format", 0, "FORMAT", CHOICE(trace_format, trace_formats),
     "tsv: print 'seconds<TAB>size' for each allocation\n"
     "folded: print the stacks with their weights, as tools that draw flame graphs read "
     "them\n"
     "json: print all of it, one event a line"},
    {TRACE, "all", 0, NULL, FLAG(all),
     "with tsv: frees, threads, functions, addresses, too"},
    {TRACE, "weigh", 0, "WHAT", CHOICE(weight, weights),
     "with folded: bytes (the default), calls, or live (bytes that were never freed)"},

    {HISTOGRAM, "below", 0, "N", COUNT(below, 1, HISTOGRAM_BELOW_MAX),
     "show sizes below N bytes (default 100)"},
    {HISTOGRAM, "top", 0, "N", COUNT(top, 1, HISTOGRAM_TOP_MAX),
     "list the N largest stacks in each order (default 5)"},
    {HISTOGRAM, "svg", 0, "FILE", PATH(svg), "draw a picture instead of printing"},
    {HISTOGRAM, "html", 0, "FILE", PATH(html), "write a page instead of printing"},

    {CHECK, "quiet", 'q', NULL, FLAG(quiet), "print nothing, set only the exit status"},
    {EXPLORE | SUITE | SERVE | MERGE | RUN, "quiet", 'q', NULL, FLAG(quiet),
     "one line for each defect, and one for their sum"},
    {REPLAY, "quiet", 'q', NULL, FLAG(quiet), "one line for the finding"},
    {COMMAND_ALL &
         ~(CHECK | LISTS | HELPS | EXPLORE | SUITE | SERVE | MERGE | RUN | REPLAY),
     "quiet", 'q', NULL, FLAG(quiet), "errors only"},
    {RUN | EXPLORE | SUITE | SERVE | TRACE, "verbose", 'v', NULL, FLAG(verbose),
     "print more details"},
    {REPLAY | REPORT, "verbose", 'v', NULL, FLAG(verbose), "whole stacks"},
    {COMMAND_ALL, "help", 'h', NULL, {.kind = OPTION_HELP}, NULL},
    {COMMAND_ALL,
     "version",
     'V',
     NULL,
     {.kind = OPTION_VERSION},
     "print this, or the version"},
};

_Static_assert(sizeof(table) / sizeof(table[0]) <= OPTION_TABLE_MAX, "raise the maximum");

const struct option_row *option_table_row(size_t index) {
    return index < sizeof(table) / sizeof(table[0]) ? &table[index] : NULL;
}

const struct option_row *option_table_find(unsigned commands, const char *name) {
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((table[i].commands & commands) && strcmp(table[i].name, name) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

const struct option_row *option_table_letter(unsigned commands, char letter) {
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((table[i].commands & commands) && letter && table[i].letter == letter) {
            return &table[i];
        }
    }
    return NULL;
}
