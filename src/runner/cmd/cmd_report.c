// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/formats/destinations.h"
#include "runner/util/status.h"

#include <getopt.h>
#include <string.h>

static const char help[] =
    "Usage: mallocfail report [OPTION...] DIR\n"
    "\n"
    "Reads the results of an exploration again, or the JSON report of a run, and prints\n"
    "them in another format.\n"
    "\n"
    "  -f, --format FORMAT       text (the default), json, junit, sarif, html or github\n"
    "  -o, --output FILE         where to, in place of the standard output\n"
    "      --source-root DIR     where the sources are: paths are relative to it, and\n"
    "                            only files below it are shown (default: the checkout\n"
    "                            around the working directory)\n"
    "  -v, --verbose             whole stacks, in text\n"
    "  -h, --help                print this help\n"
    "\n"
    "Exit status: 0 if all was written, 125 if not.\n";

enum { OPTION_SOURCE_ROOT = 256 };

static const struct option options[] = {
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"source-root", required_argument, NULL, OPTION_SOURCE_ROOT},
    {"quiet", no_argument, NULL, 'q'},
    {"verbose", no_argument, NULL, 'v'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/** What the command line says. */
struct settings {
    const struct format *format;
    const char *output, *sources, *results;
};

/** Act on one option; 0, or 1 to end with success, or -1 to end with failure. */
static int set_option(struct settings *settings, int option, char **argv,
                      struct diag *diag) {
    switch (option) {
    case 'f':
        settings->format = formats_find(optarg, strlen(optarg));
        if (settings->format) {
            return 0;
        }
        diag_error(diag, "'%s' is no format: use one of %s", optarg, formats_names());
        return -1;
    case 'o':
        settings->output = optarg;
        return 0;
    case OPTION_SOURCE_ROOT:
        settings->sources = optarg;
        return 0;
    default:
        return cmd_option(option, argv, help, diag);
    }
}

/** Read the command line; as set_option(). */
static int read_options(struct settings *settings, int argc, char **argv,
                        struct diag *diag) {
    int option;
    while ((option = getopt_long(argc, argv, ":f:o:qvhV", options, NULL)) != -1) {
        int result = set_option(settings, option, argv, diag);
        if (result != 0) {
            return result;
        }
    }
    if (argc - optind != 1) {
        diag_error(diag, "%s given: try 'mallocfail report --help'",
                   argc == optind ? "no results" : "more than one directory");
        return -1;
    }
    settings->results = argv[optind];
    return 0;
}

int cmd_report(struct diag *diag, int argc, char **argv) {
    struct settings settings = {.format = formats_find("text", strlen("text"))};
    struct document document;
    char why[200];
    int result = read_options(&settings, argc, argv, diag);
    if (result != 0) {
        return result > 0 ? STATUS_GOOD : STATUS_FAILED;
    }
    if (document_load(&document, settings.results, settings.sources, why) != 0) {
        diag_error(diag, "cannot read the results in '%s': %s", settings.results, why);
        return STATUS_FAILED;
    }
    document.verbose = diag->verbose;
    const struct destination to = {settings.format, settings.output};
    result = destination_write(&to, &document, diag);
    document_destroy(&document);
    return result == 0 ? STATUS_GOOD : STATUS_FAILED;
}
