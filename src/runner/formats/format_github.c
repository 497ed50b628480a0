// SPDX-License-Identifier: MIT
// Workflow commands of GitHub Actions: one annotation a defect, at the line where it
// broke. A command is one line: the message's own ends of lines are %0A, those in texts
// of others are gone.
#include "runner/formats/formats.h"

#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/printable.h"

#include <stdlib.h>
#include <string.h>

/** The most tests that are named. */
#define NAMES_MAX 8

/** Write a text on one line, the given characters as '%' and two digits. */
static void put_escaped(const struct document *document, const char *text,
                        const char *special, FILE *stream) {
    char *shown = document_kept(document, printable_line(text));
    for (const char *at = shown ? shown : ""; *at; at++) {
        if (strchr(special, *at)) {
            fprintf(stream, "%%%02X", (unsigned char)*at);
        } else {
            fputc(*at, stream);
        }
    }
    free(shown);
}

/** A property's value, in front of "::". */
static void put_property(const struct document *document, const char *text,
                         FILE *stream) {
    put_escaped(document, text, "%:,", stream);
}

/** The message, behind it. */
static void put_message(const struct document *document, const char *text, FILE *stream) {
    put_escaped(document, text, "%", stream);
}

/** "file=src/parse.c,line=7,"; nothing where the source is not the user's. */
static void put_place(const struct document *document, const json_t *finding,
                      FILE *stream) {
    struct place place = place_read(document, place_of_crash(document, finding));
    char *path = NULL;
    if (!place_is_own(document, &place)) {
        place = place_read(document, place_of_failure(document, finding));
    }
    path = place_path(document, &place);
    const char *relative = path ? place_relative(document, path) : NULL;
    if (relative) {
        fputs("file=", stream);
        put_property(document, relative, stream);
        fprintf(stream, ",line=%d,", place.line ? place.line : 1);
    }
    free(path);
}

/** Which allocation failed, and where. */
static void put_injection(const struct document *document, const json_t *finding,
                          FILE *stream) {
    const json_t *injection = json_object_get(finding, "injection");
    const char *function = document_text(injection, "function");
    struct place place = place_read(document, place_of_failure(document, finding));
    char size[DOCUMENT_SIZE_MAX];
    char *label = place_label(document, &place);
    if (function) {
        fputs("%0Afailed: ", stream);
        put_message(document, function, stream);
        fprintf(stream, "(%s) in ", document_size(injection, size));
        if (place.function) {
            put_message(document, place_function(&place), stream);
            fputs(", ", stream);
        }
        put_message(document, label, stream);
    }
    free(label);
}

/** The tests that come to it. */
static void put_tests(const struct document *document, const json_t *finding,
                      FILE *stream) {
    char *names = NULL;
    size_t size;
    FILE *text =
        tests_count(document, finding) > 0 ? open_memstream(&names, &size) : NULL;
    if (text) {
        tests_put_names(document, finding, NAMES_MAX, text);
        fclose(text);
        fputs("%0Ain: ", stream);
        put_message(document, names ? names : "?", stream);
    }
    free(names);
}

static void put_finding(const struct document *document, const json_t *finding,
                        FILE *stream) {
    static const char *const commands[] = {"error", "warning", "notice"};
    const char *outcome = document_text(finding, "outcome");
    const char *class = document_text(finding, "class");
    const char *explanation = document_text(finding, "explanation");
    char *again = document_reproducer(document, finding);
    char *effect = document_effect(document, finding);
    const json_t *injection = json_object_get(finding, "injection");
    fprintf(stream, "::%s ", commands[document_severity(finding)]);
    put_place(document, finding, stream);
    fputs("title=", stream);
    put_property(document, outcome ? outcome : "finding", stream);
    if (class && strcmp(class, "none") != 0) {
        fputs("%3A ", stream);
        put_property(document, class, stream);
    }
    fprintf(stream, " when %s fails::",
            document_text(injection, "errno") ? "a call" : "an allocation");
    put_message(document, explanation ? explanation : "a finding of mallocfail", stream);
    if (effect) {
        fputs(" (", stream);
        put_message(document, effect, stream);
        fputc(')', stream);
    }
    put_injection(document, finding, stream);
    put_tests(document, finding, stream);
    if (again) {
        fputs("%0Aagain: ", stream);
        put_message(document, again, stream);
    }
    fputc('\n', stream);
    free(effect);
    free(again);
}

int format_github(const struct document *document, FILE *stream) {
    size_t at;
    const json_t *finding;
    char extent[DOCUMENT_EXTENT_MAX];
    document_extent(document, extent);
    if (extent[0]) {
        fprintf(stream, "::warning title=mallocfail::not all was tested: %s\n", extent);
    }
    json_array_foreach(document_findings(document), at, finding) {
        if (document_is_defect(finding)) {
            put_finding(document, finding, stream);
        }
    }
    return ferror(stream) ? -1 : 0;
}
