// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/trace/histogram_view.h"
#include "runner/util/outfile.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** Where to cut, and how many stacks to list, where the user does not say. */
#define BELOW 100
#define TOP   5

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
        bad |= cmd_flush(diag);
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
        .path = settings->operands[0],
        .below = settings->below ? settings->below : BELOW,
        .width = terminal_width(),
        .top = settings->top ? (unsigned)settings->top : TOP,
    };
    status = show(settings, &view, diag);
    histogram_destroy(histogram);

out:
    symbols_free(symbols);
    free(histogram);
    return status;
}

static int show_trace(struct settings *settings, struct diag *diag) {
    const char *path = settings->operands[0];
    struct tracefile file;
    if (!path) {
        advice_missing(&cmd_histogram, settings, "trace", diag);
        return STATUS_FAILED;
    }
    if (advice_operands(&cmd_histogram, settings->operands, 1, diag) != 0) {
        return STATUS_FAILED;
    }
    if (tracefile_open(&file, path, diag) != 0) {
        return STATUS_FAILED;
    }
    int status = sum_up(settings, &file, diag);
    tracefile_warn(&file, path, diag);
    tracefile_close(&file);
    return status;
}

const struct command cmd_histogram = {
    .name = "histogram",
    .summary = "summarise recorded allocations",
    .bit = COMMAND_HISTOGRAM,
    .function = show_trace,
    .operands = OPERANDS_FILES,
    .usage =
        "Usage: mallocfail histogram [OPTION...] FILE\n"
        "\n"
        "Summarises a trace that 'mallocfail trace' recorded: how many allocations asked\n"
        "for how many bytes, how large the heap was when, and which stacks allocated.\n",
    .notes = "Exit status: 0, or 125 if mallocfail failed.\n",
};
