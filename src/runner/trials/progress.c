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

void progress_begin(struct progress *progress, bool quiet, uint64_t until_ns) {
    *progress = (struct progress){
        .quiet = quiet,
        .terminal = diag_is_drawn(),
        .until_ns = until_ns,
    };
}

/** How much fits into a line of the terminal: one that goes on in the next cannot be
 * drawn over. */
static int width(void) {
    struct winsize size;
    bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col - 1 : LINE_MAX_LENGTH;
}

/** Write a line, on a terminal over the one before. */
static void draw(struct progress *progress, const char *text) {
    char line[LINE_MAX_LENGTH + 8];
    int length = progress->terminal
                     ? snprintf(line, sizeof(line), "\r\033[K%.*s", width(), text)
                     : snprintf(line, sizeof(line), "%s\n", text);
    if (length > 0) {
        diag_write(STDERR_FILENO, line, (size_t)length);
    }
    progress->standing = progress->terminal;
}

void progress_say(struct progress *progress, const char *what) {
    char text[LINE_MAX_LENGTH];
    if (progress->terminal && !progress->quiet) {
        snprintf(text, sizeof(text), "mallocfail: %s", what);
        draw(progress, text);
    }
}

/** Begin to count. */
static void count(struct progress *progress, const char *what, size_t done,
                  size_t total) {
    progress->what = what;
    progress->done = progress->shown = done;
    progress->before = done;
    progress->total = total;
    progress->started_ns = progress->shown_ns = clock_now();
}

void progress_count(struct progress *progress, size_t done, size_t total) {
    count(progress, "failures tried", done, total);
}

void progress_go_on(struct progress *progress, size_t total) {
    count(progress, "that survived so far run to their end", 0, total);
}

static double seconds(uint64_t ns) {
    return (double)ns / (double)CLOCK_SECOND;
}

static void show(struct progress *progress, uint64_t now) {
    double spent = seconds(now - progress->started_ns);
    // What is run again does not count twice, and is not taken back.
    progress->shown = progress->done > progress->shown ? progress->done : progress->shown;
    double rate = spent > 0 ? (double)(progress->shown - progress->before) / spent : 0;
    double left = rate > 0 ? (double)(progress->total - progress->shown) / rate : 0;
    double most = progress->until_ns > now ? seconds(progress->until_ns - now) : 0;
    char text[LINE_MAX_LENGTH];
    snprintf(text, sizeof(text),
             "mallocfail: %zu of %zu %s, %.0f/s, %zu with a defect, %.0f s left",
             progress->shown, progress->total, progress->what, rate, progress->defects,
             left < most ? left : most);
    draw(progress, text);
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
