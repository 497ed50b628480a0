// SPDX-License-Identifier: MIT
#include "runner/trials/progress.h"

#include "runner/util/clock.h"
#include "runner/util/diag.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_PERIOD (100 * CLOCK_MILLISECOND)
#define PLAIN_PERIOD    (5 * CLOCK_SECOND)
/** More than its numbers take. */
#define LINE_MAX_LENGTH 200

void progress_begin(struct progress *progress, bool quiet) {
    *progress = (struct progress){
        .quiet = quiet,
        .terminal = diag_is_drawn(),
        .started_ns = clock_now(),
        .shown_ns = clock_now(),
    };
}

/** How much fits into a line of the terminal: one that goes on in the next cannot be
 * drawn over. */
static int width(void) {
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col - 1 : LINE_MAX_LENGTH;
}

static void show(struct progress *progress, uint64_t now) {
    double seconds = (double)(now - progress->started_ns) / (double)CLOCK_SECOND;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    double left = rate > 0 ? (double)(progress->total - progress->done) / rate : 0;
    char text[LINE_MAX_LENGTH], line[sizeof(text) + 8];
    snprintf(
        text, sizeof(text),
        "mallocfail: %zu of %zu failures tried, %.0f/s, %zu with a defect, %.0f s left",
        progress->done, progress->total, rate, progress->defects, left);
    int length = progress->terminal
                     ? snprintf(line, sizeof(line), "\r\033[K%.*s", width(), text)
                     : snprintf(line, sizeof(line), "%s\n", text);
    if (length > 0) {
        diag_write(STDERR_FILENO, line, (size_t)length);
    }
    progress->standing = progress->terminal;
}

void progress_step(struct progress *progress, bool defect) {
    uint64_t now = clock_now();
    progress->done++;
    progress->defects += defect;
    if (!progress->quiet && progress->done <= progress->total &&
        now - progress->shown_ns >=
            (progress->terminal ? TERMINAL_PERIOD : PLAIN_PERIOD)) {
        progress->shown_ns = now;
        show(progress, now);
    }
}

void progress_clear(struct progress *progress) {
    static const char clear[] = "\r\033[K";
    if (progress->standing) {
        diag_write(STDERR_FILENO, clear, sizeof(clear) - 1);
        progress->standing = false;
    }
}
