// SPDX-License-Identifier: MIT
#include "runner/trials/difference.h"

#include "runner/util/diag.h"
#include "runner/util/printable.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/** How much of the line in front of the difference is shown. */
#define BEFORE_MAX 24
/** Show a line of a stream, which begins at `from` and differs at `at`. */
static void show(char text[FINDING_LINE_MAX], const struct capture *capture,
                 uint64_t from, uint64_t at) {
    size_t before = (size_t)(at - from);
    size_t got = capture_part(capture, from, text, FINDING_LINE_MAX - 1);
    if (got <= before) {
        strcpy(text, "(nothing more)");
        return;
    }
    const char *end = memchr(text + before, '\n', got - before);
    size_t length = end ? (size_t)(end - text) : got;
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] ? text[i] : '?';
    }
    text[length] = '\0';
    printable_fix(text);
    if (length == 0) {
        strcpy(text, "(an empty line)");
    }
}

/** Describe where an output differs from a good one. */
static void compare(struct finding_difference *difference, const struct capture *good,
                    const struct capture *bad, const struct steady_place *place) {
    uint64_t same = capture_common(good, place->good, bad, place->bad);
    uint64_t skipped = same > BEFORE_MAX ? same - BEFORE_MAX : 0;
    difference->offset = place->good + same;
    difference->line = place->line;
    show(difference->wanted, good, place->good + skipped, place->good + same);
    show(difference->got, bad, place->bad + skipped, place->bad + same);
}

/** Describe a watched file that differs. */
static void compare_file(struct finding_difference *difference,
                         const struct capture *good, const struct capture *bad,
                         const struct steady_place *place) {
    if (good->fd >= 0 && bad->fd >= 0) {
        compare(difference, good, bad, place);
        return;
    }
    strcpy(difference->wanted, good->fd >= 0 ? "(a file)" : "(no such file)");
    strcpy(difference->got, bad->fd >= 0 ? "(a file)" : "(no such file)");
}

void difference_find(struct finding_difference *difference, const struct end *end,
                     const struct oracle *oracle, const struct watch *watch) {
    *difference = (struct finding_difference){0};
    if (end->status != oracle->status) {
        strcpy(difference->where, "exit status");
        snprintf(difference->wanted, sizeof(difference->wanted), "%d",
                 WEXITSTATUS(oracle->status));
        snprintf(difference->got, sizeof(difference->got), "%d",
                 WEXITSTATUS(end->status));
        return;
    }
    struct steady_place place = {0};
    if (!steady_same(&oracle->steady[0], &oracle->streams[0], &end->streams[0], &place)) {
        strcpy(difference->where, "stdout");
        compare(difference, &oracle->streams[0], &end->streams[0], &place);
        return;
    }
    size_t count = end->files ? end->files->count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct capture *good = &oracle->files.files[i];
        const struct capture *bad = &end->files->files[i];
        if (!steady_same(&oracle->file_steady[i], good, bad, &place)) {
            snprintf(difference->where, sizeof(difference->where), "%.*s", 127,
                     watch->names[i]);
            compare_file(difference, good, bad, &place);
            return;
        }
    }
}
