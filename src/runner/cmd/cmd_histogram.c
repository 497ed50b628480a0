// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/trace/histogram_view.h"
#include "runner/util/outfile.h"
#include "runner/util/status.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char help[] =
    "Usage: mallocfail histogram [OPTION...] FILE\n"
    "\n"
    "Sums up a trace that 'mallocfail trace' recorded: how many allocations asked for "
    "how\n"
    "many bytes, how much lived when, and from which stacks it came.\n"
    "\n"
    "      --below N             show sizes below N bytes (default 100)\n"
    "      --top N               list N stacks in each order (default 5)\n"
    "      --svg FILE            draw a picture instead of printing\n"
    "      --html FILE           write a page instead of printing\n"
    "  -h, --help                print this help\n"
    "\n"
    "Exit status: 0, or 125 if mallocfail failed.\n";

enum {
    OPTION_BELOW = 256,
    OPTION_TOP,
    OPTION_SVG,
    OPTION_HTML,
};

static const struct option options[] = {
    {"below", required_argument, NULL, OPTION_BELOW},
    {"top", required_argument, NULL, OPTION_TOP},
    {"svg", required_argument, NULL, OPTION_SVG},
    {"html", required_argument, NULL, OPTION_HTML},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/** What the command line says. */
struct settings {
    unsigned long below, top;
    /** Where pictures go; NULL = nowhere. */
    const char *svg, *html;
    const char *path;
};

/** Read a number from 1 on; 0, or -1 with the user told. */
static int set_number(unsigned long *number, unsigned long most, const char *name,
                      const struct diag *diag) {
    char *end;
    errno = 0;
    *number = strtoul(optarg, &end, 10);
    if (errno == 0 && end != optarg && *end == '\0' && optarg[0] != '-' && *number > 0 &&
        *number <= most) {
        return 0;
    }
    diag_error(diag, "'%s' is no number for %s: use 1 to %lu", optarg, name, most);
    return -1;
}

/** Act on one option; 0, or 1 to end with success, or -1 to end with failure. */
static int set_option(struct settings *settings, int option, char **argv,
                      struct diag *diag) {
    switch (option) {
    case OPTION_BELOW:
        return set_number(&settings->below, HISTOGRAM_BELOW_MAX, "--below", diag);
    case OPTION_TOP:
        return set_number(&settings->top, HISTOGRAM_TOP_MAX, "--top", diag);
    case OPTION_SVG:
        settings->svg = optarg;
        return 0;
    case OPTION_HTML:
        settings->html = optarg;
        return 0;
    default:
        return cmd_option(option, argv, help, diag);
    }
}

/** Read the command line; as set_option(). */
static int read_options(struct settings *settings, int argc, char **argv,
                        struct diag *diag) {
    int option;
    while ((option = getopt_long(argc, argv, ":qhV", options, NULL)) != -1) {
        int result = set_option(settings, option, argv, diag);
        if (result != 0) {
            return result;
        }
    }
    settings->path = argv[optind];
    if (!settings->path || argv[optind + 1]) {
        diag_error(diag, "%s: try 'mallocfail histogram --help'",
                   settings->path ? "more than one trace given" : "no trace given");
        return -1;
    }
    return 0;
}

/** Columns of the terminal, of the one that COLUMNS tells of, or 80. */
static unsigned terminal_width(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    return width > 0 && width < 10000 ? (unsigned)width : 80;
}

/** Write a picture or a page; 0, or -1 with the user told. */
static int write_file(const struct histogram_view *view, const char *path,
                      int (*write)(const struct histogram_view *, FILE *),
                      const struct diag *diag) {
    struct outfile file;
    if (!path) {
        return 0;
    }
    int bad = outfile_open(&file, path);
    if (!bad) {
        int good = write(view, file.stream) == 0;
        bad = outfile_close(&file, good);
    }
    if (bad) {
        diag_error(diag, "cannot write '%s': %s", path, strerror(errno));
    }
    return bad ? -1 : 0;
}

/** Show what was summed up; the exit status. */
static int show(const struct settings *settings, const struct histogram_view *view,
                const struct diag *diag) {
    int bad = write_file(view, settings->svg, histogram_svg, diag);
    bad |= write_file(view, settings->html, histogram_html, diag);
    if (!settings->svg && !settings->html) {
        histogram_text(view, stdout);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
            bad = -1;
        }
    }
    return bad ? STATUS_FAILED : STATUS_GOOD;
}

/** Sum a trace up and show it; the exit status. */
static int sum_up(const struct settings *settings, struct tracefile *file,
                  const struct diag *diag) {
    int status = STATUS_FAILED;
    struct histogram *histogram = malloc(sizeof(*histogram));
    struct symbols *symbols = symbols_new(&file->modules);
    if (!histogram || !symbols || histogram_read(histogram, file) != 0) {
        diag_no_memory(diag);
        goto out;
    }
    struct histogram_view view = {
        .histogram = histogram,
        .file = file,
        .symbols = symbols,
        .path = settings->path,
        .below = settings->below,
        .width = terminal_width(),
        .top = (unsigned)settings->top,
    };
    status = show(settings, &view, diag);
    histogram_destroy(histogram);

out:
    symbols_free(symbols);
    free(histogram);
    return status;
}

int cmd_histogram(struct diag *diag, int argc, char **argv) {
    struct settings settings = {.below = 100, .top = 5};
    struct tracefile file;
    int result = read_options(&settings, argc, argv, diag);
    if (result != 0) {
        return result > 0 ? STATUS_GOOD : STATUS_FAILED;
    }
    if (tracefile_open(&file, settings.path, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = sum_up(&settings, &file, diag);
    tracefile_warn(&file, settings.path, diag);
    tracefile_close(&file);
    return status;
}
