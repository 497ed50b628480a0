// SPDX-License-Identifier: MIT
#include "runner/trials/difference.h"

#include "runner/util/diag.h"
#include "runner/util/printable.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

/** How much of the line in front of the difference is shown. */
#define BEFORE_MAX 24
/** How much is looked at to count lines. */
#define CHUNK 16384

/** The number of an offset's line, from 1, and where it begins. */
static uint64_t line_of(const struct capture *capture, uint64_t offset, uint64_t *start) {
    char data[CHUNK];
    uint64_t line = 1;
    *start = 0;
    for (uint64_t done = 0; done < offset;) {
        uint64_t left = offset - done;
        size_t got =
            capture_part(capture, done, data, left < sizeof(data) ? left : sizeof(data));
        for (size_t i = 0; i < got; i++) {
            if (data[i] == '\n') {
                line++;
                *start = done + i + 1;
            }
        }
        if (got == 0) {
            break;
        }
        done += got;
    }
    return line;
}

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

/** Describe where a stream differs from the rest of a good one. */
static void compare(struct finding_difference *difference, const struct capture *good,
                    const struct capture *bad, uint64_t from) {
    uint64_t at = from + capture_mismatch(bad, good, from);
    uint64_t start;
    difference->offset = at;
    difference->line = line_of(good, at, &start);
    if (at - start > BEFORE_MAX) {
        start = at - BEFORE_MAX;
    }
    // What was written before the run began to write is the good one's.
    start = start < from ? from : start;
    show(difference->wanted, good, start, at);
    show(difference->got, bad, start - from, at - from);
}

/** Describe a watched file that differs. */
static void compare_file(struct finding_difference *difference,
                         const struct capture *good, const struct capture *bad) {
    if (good->fd >= 0 && bad->fd >= 0) {
        compare(difference, good, bad, 0);
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
    if (oracle->comparable[0] &&
        !capture_is_rest(&end->streams[0], &oracle->streams[0], end->from[0])) {
        strcpy(difference->where, "stdout");
        compare(difference, &oracle->streams[0], &end->streams[0], end->from[0]);
        return;
    }
    size_t count = end->files ? end->files->count : 0;
    for (size_t i = 0; i < count; i++) {
        if (oracle->file_comparable[i] && !watch_is_same(end->files, &oracle->files, i)) {
            snprintf(difference->where, sizeof(difference->where), "%.*s", 127,
                     watch->names[i]);
            compare_file(difference, &oracle->files.files[i], &end->files->files[i]);
            return;
        }
    }
}
