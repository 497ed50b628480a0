// SPDX-License-Identifier: MIT
#include "runner/progress.h"

#include "runner/clock.h"
#include "runner/diag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TERMINAL_PERIOD (100 * CLOCK_MILLISECOND)
#define PLAIN_PERIOD    (5 * CLOCK_SECOND)

void progress_begin(struct progress *progress, bool quiet) {
    const char *kind = getenv("TERM");
    *progress = (struct progress){
        .quiet = quiet,
        .terminal = isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0,
        .started_ns = clock_now(),
        .shown_ns = clock_now(),
    };
}

static void show(struct progress *progress, uint64_t now) {
    double seconds = (double)(now - progress->started_ns) / (double)CLOCK_SECOND;
    double rate = seconds > 0 ? (double)progress->done / seconds : 0;
    double left = rate > 0 ? (double)(progress->total - progress->done) / rate : 0;
    char line[200];
    int length =
        snprintf(line, sizeof(line),
                 "%smallocfail: %zu of %zu failures tried, %.0f/s, %zu with a "
                 "defect, %.0f s left%s",
                 progress->terminal ? "\r\033[K" : "", progress->done, progress->total,
                 rate, progress->defects, left, progress->terminal ? "" : "\n");
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
