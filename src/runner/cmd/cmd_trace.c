// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/run/preflight.h"
#include "runner/trace/recording.h"
#include "runner/trace/tracetext.h"
#include "runner/util/clock.h"
#include "runner/util/status.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: mallocfail trace [OPTION...] [--] PROGRAM [ARGUMENT...]\n"
    "       mallocfail trace --format FORMAT [--all] [--weigh WHAT] FILE\n"
    "\n"
    "Runs PROGRAM and records every allocation, reallocation and free in a file; or\n"
    "prints such a file on the standard output. 'mallocfail histogram' sums one up.\n"
    "\n"
    "  -o, --output FILE         where to record (default mallocfail.trace); further\n"
    "                            processes write to FILE.PID\n"
    "      --stacks              record the stack of each allocation, too\n"
    "  -p, --policy FILE         make allocations fail meanwhile\n"
    "      --timeout TIME        kill PROGRAM and all it started after 500ms, 10s, 2m "
    "...\n"
    "      --format tsv          print 'seconds<TAB>size' for each allocation\n"
    "      --format folded       print the stacks with their weights, as tools that "
    "draw\n"
    "                            flame graphs read them\n"
    "      --format json         print all of it, one event a line\n"
    "      --all                 with tsv: frees, threads, functions and addresses, too\n"
    "      --weigh WHAT          with folded: bytes (the default), calls, or live "
    "(bytes\n"
    "                            that were never freed)\n"
    "  -q, --quiet               errors only\n"
    "  -v, --verbose             more of what was found\n"
    "  -h, --help                print this help\n"
    "\n"
    "Exit status: PROGRAM's (128+N if signal N killed it), 124 at the time-out, 125 if\n"
    "mallocfail failed or nothing was recorded, 126 and 127 as in env(1).\n";

enum {
    OPTION_STACKS = 256,
    OPTION_TIMEOUT,
    OPTION_FORMAT,
    OPTION_ALL,
    OPTION_WEIGH,
};

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"stacks", no_argument, NULL, OPTION_STACKS},
    {"policy", required_argument, NULL, 'p'},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"all", no_argument, NULL, OPTION_ALL},
    {"weigh", required_argument, NULL, OPTION_WEIGH},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static const struct {
    const char *name;
    trace_format *format;
} formats[] = {{"tsv", trace_tsv}, {"folded", trace_folded}, {"json", trace_json}};

static const struct {
    const char *name;
    enum trace_weight weight;
} weights[] = {{"bytes", TRACE_BYTES}, {"calls", TRACE_CALLS}, {"live", TRACE_LIVE}};

/** What the command line says. */
struct settings {
    struct recording recording;
    /** How to print; NULL = record. */
    trace_format *format;
    struct trace_wish wish;
    /** Whether options of recording, or of printing, were given. */
    bool records, prints;
    /** PROGRAM and its arguments, or the FILE. */
    char **argv;
};

static int set_format(struct settings *settings, const struct diag *diag) {
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(optarg, formats[i].name) == 0) {
            settings->format = formats[i].format;
            return 0;
        }
    }
    diag_error(diag, "'%s' is no format: use tsv, folded or json", optarg);
    return -1;
}

static int set_weight(struct settings *settings, const struct diag *diag) {
    settings->prints = true;
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        if (strcmp(optarg, weights[i].name) == 0) {
            settings->wish.weight = weights[i].weight;
            return 0;
        }
    }
    diag_error(diag, "'%s' is no choice for --weigh: use bytes, calls or live", optarg);
    return -1;
}

/** Act on one option; 0, or 1 to end with success, or -1 to end with failure. */
static int set_option(struct settings *settings, int option, char **argv,
                      struct diag *diag) {
    struct recording *recording = &settings->recording;
    settings->records |= option == 'o' || option == 'p' || option == OPTION_STACKS ||
                         option == OPTION_TIMEOUT;
    switch (option) {
    case 'o':
        recording->output = optarg;
        return 0;
    case 'p':
        recording->policy = optarg;
        return 0;
    case OPTION_STACKS:
        recording->stacks = true;
        return 0;
    case OPTION_TIMEOUT:
        return options_timeout(optarg, &recording->timeout_ns, diag);
    case OPTION_FORMAT:
        return set_format(settings, diag);
    case OPTION_ALL:
        settings->prints = settings->wish.all = true;
        return 0;
    case OPTION_WEIGH:
        return set_weight(settings, diag);
    default:
        return cmd_option(option, argv, help, diag);
    }
}

/** Whether the options fit together and to what is to be done; the user is told. */
static bool fit(const struct settings *settings, const struct diag *diag) {
    if (!settings->argv[0]) {
        diag_error(diag, "no %s given: try 'mallocfail trace --help'",
                   settings->format ? "trace" : "program");
        return false;
    }
    if (settings->format && (settings->records || settings->argv[1])) {
        diag_error(diag, "--format prints one FILE that was recorded before; leave it "
                         "out to run a program");
        return false;
    }
    if (!settings->format && settings->prints) {
        diag_error(diag, "--all and --weigh belong to --format");
        return false;
    }
    return true;
}

/** Read the command line; as set_option(). */
static int read_options(struct settings *settings, int argc, char **argv,
                        struct diag *diag) {
    int option;
    while ((option = getopt_long(argc, argv, "+:o:p:qvhV", options, NULL)) != -1) {
        int result = set_option(settings, option, argv, diag);
        if (result != 0) {
            return result;
        }
    }
    settings->argv = argv + optind;
    settings->recording.argv = settings->argv;
    return fit(settings, diag) ? 0 : -1;
}

/** Print a trace; the exit status. */
static int print(const struct settings *settings, const struct diag *diag) {
    struct tracefile file;
    if (tracefile_open(&file, settings->argv[0], diag) != 0) {
        return STATUS_FAILED;
    }
    errno = 0;
    int result = settings->format(&file, &settings->wish, stdout, diag);
    if (result == 0) {
        result = fflush(stdout);
    }
    if (result != 0 && errno != 0) {
        diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
    }
    bool failed = result != 0 || file.failed;
    tracefile_warn(&file, settings->argv[0], diag);
    tracefile_close(&file);
    return failed ? STATUS_FAILED : STATUS_GOOD;
}

int cmd_trace(struct diag *diag, int argc, char **argv) {
    struct settings settings = {
        .recording = {.output = "mallocfail.trace", .timeout_ns = CLOCK_NEVER}};
    int result = read_options(&settings, argc, argv, diag);
    if (result != 0) {
        return result > 0 ? STATUS_GOOD : STATUS_FAILED;
    }
    return settings.format ? print(&settings, diag)
                           : recording_make(&settings.recording, diag);
}
