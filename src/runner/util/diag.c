// SPDX-License-Identifier: MIT
#include "runner/util/diag.h"

#include "runner/util/colour.h"
#include "runner/util/printable.h"
#include "runner/util/wrap.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What stands before a message: a colour, a word, and the colour's end. */
struct kind {
    const char *colour;
    const char *word;
};

static const struct kind error = {COLOUR_RED, ""};
static const struct kind warning = {COLOUR_YELLOW, "warning: "};
static const struct kind note = {COLOUR_CYAN, "note: "};
static const struct kind debug = {COLOUR_FAINT, ""};

bool diag_is_drawn(void) {
    const char *kind = getenv("TERM");
    return isatty(STDERR_FILENO) && kind && strcmp(kind, "dumb") != 0;
}

void diag_init(struct diag *diag) {
    const char *no_color = getenv("NO_COLOR");
    diag->colour = diag_is_drawn() && !(no_color && no_color[0]);
    diag->quiet = false;
    diag->silent = false;
    diag->verbose = false;
}

int diag_write(int fd, const char *text, size_t length) {
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno != EINTR) {
            return -1;
        }
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

/** The part of a buffer that snprintf filled, given what it returned and the room. */
static size_t filled(int length, size_t room) {
    if (length < 0) {
        return 0;
    }
    return (size_t)length < room ? (size_t)length : room - 1;
}

__attribute__((format(printf, 3, 0))) static void
say(const struct diag *diag, const struct kind *kind, const char *format, va_list args) {
    char text[4096];
    char line[sizeof(text) + 64];
    int saved = errno;
    text[0] = '\0';
    vsnprintf(text, sizeof(text), format, args);
    printable_fix(text);
    int length = snprintf(line, sizeof(line), "%smallocfail: %s%s%s\n",
                          diag->colour ? kind->colour : "", kind->word,
                          diag->colour ? COLOUR_PLAIN : "", text);
    size_t columns = wrap_columns();
    bool long_line = columns > 0 && filled(length, sizeof(line)) > columns;
    char *broken = long_line ? wrap_text(line, columns) : NULL;
    diag_write(STDERR_FILENO, broken ? broken : line,
               broken ? strlen(broken) : filled(length, sizeof(line)));
    free(broken);
    errno = saved;
}

void diag_error(const struct diag *diag, const char *format, ...) {
    if (diag->silent) {
        return;
    }
    va_list args;
    va_start(args, format);
    say(diag, &error, format, args);
    va_end(args);
}

void diag_warn(const struct diag *diag, const char *format, ...) {
    if (diag->quiet) {
        return;
    }
    va_list args;
    va_start(args, format);
    say(diag, &warning, format, args);
    va_end(args);
}

void diag_note(const struct diag *diag, const char *format, ...) {
    if (diag->quiet) {
        return;
    }
    va_list args;
    va_start(args, format);
    say(diag, &note, format, args);
    va_end(args);
}

void diag_debug(const struct diag *diag, const char *format, ...) {
    if (!diag->verbose) {
        return;
    }
    va_list args;
    va_start(args, format);
    say(diag, &debug, format, args);
    va_end(args);
}

void diag_no_memory(const struct diag *diag) {
    diag_error(diag, "out of memory");
}
