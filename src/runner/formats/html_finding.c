// SPDX-License-Identifier: MIT
#include "runner/formats/html.h"

#include "runner/formats/finding_kind.h"
#include "runner/formats/otherstacks.h"
#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Lines shown in front of a line and behind it. */
#define AROUND 4
/** Frames of a stack that are shown. */
#define FRAMES_MAX 64
/** So many tests are listed at once, more are folded. */
#define TESTS_OPEN 8

/** "crashed: null dereference" */
static void put_kind(struct markup *markup, const json_t *finding) {
    const char *outcome = document_text(finding, "outcome");
    const char *class = document_text(finding, "class");
    char badge[32];
    snprintf(badge, sizeof(badge), "badge %s", html_outcome_class(outcome));
    markup_open(markup, "span");
    markup_attribute(markup, "class", badge);
    markup_text(markup, outcome ? outcome : "finding");
    if (class && strcmp(class, "none") != 0) {
        markup_print(markup, ": %s", class);
    }
    markup_close(markup);
}

/** The lines around one. */
static void put_excerpt(struct markup *markup, const struct source *source, int line,
                        const char *note) {
    int from = line - AROUND > 1 ? line - AROUND : 1;
    html_lines_begin(markup);
    for (int i = from; i <= line + AROUND && i <= source->count; i++) {
        html_line(markup, source, i, i == line ? "point" : NULL, i == line ? note : NULL);
    }
    html_lines_end(markup);
}

static void put_frame_words(struct markup *markup, const struct document *document,
                            const struct place *place) {
    char *label = place_label(document, place);
    markup_element(markup, "code", NULL, place_function(place));
    markup_text(markup, " ");
    markup_open(markup, "span");
    markup_attribute(markup, "class", "at");
    markup_text(markup, label);
    if (place->inlined) {
        markup_text(markup, " (inlined)");
    }
    if (place->file && place->module) {
        markup_print(markup, " in %s", place->module);
    }
    markup_close(markup);
    free(label);
}

/** A frame, with its source where there is one; `open` is the one to look at first. */
static void put_frame(struct markup *markup, struct sources *sources, const json_t *frame,
                      bool open, bool start, const char *note) {
    const struct document *document = sources->document;
    struct place place = place_read(document, frame);
    char *path = place_path(document, &place);
    const struct source *source = place.line > 0 ? sources_get(sources, path) : NULL;
    markup_open(markup, "li");
    markup_attribute(markup, "class", start ? "start" : NULL);
    if (source && place.line <= source->count) {
        markup_open(markup, "details");
        markup_attribute(markup, "open", open ? "open" : NULL);
        markup_open(markup, "summary");
        put_frame_words(markup, document, &place);
        markup_close(markup);
        put_excerpt(markup, source, place.line, open ? note : NULL);
        markup_close(markup);
    } else {
        put_frame_words(markup, document, &place);
    }
    markup_close(markup);
    free(path);
}

static void put_stack(struct markup *markup, struct sources *sources,
                      const json_t *frames, const json_t *point, const char *note) {
    const json_t *frame;
    size_t at, own = place_count(frames);
    bool opened = false;
    markup_open(markup, "ol");
    markup_attribute(markup, "class", "stack");
    json_array_foreach(frames, at, frame) {
        if (at >= FRAMES_MAX) {
            break;
        }
        bool open = !opened && json_equal(frame, point);
        put_frame(markup, sources, frame, open, at >= own, note);
        opened |= open;
    }
    markup_close(markup);
    if (json_array_size(frames) > FRAMES_MAX) {
        markup_open(markup, "p");
        markup_attribute(markup, "class", "soft");
        markup_print(markup, "… and %zu more", json_array_size(frames) - FRAMES_MAX);
        markup_close(markup);
    }
}

static void put_failed(struct markup *markup, struct sources *sources,
                       const json_t *finding) {
    const json_t *injection = json_object_get(finding, "injection");
    const char *function = document_text(injection, "function");
    const char *error = document_text(injection, "errno");
    char size[DOCUMENT_SIZE_MAX];
    if (!json_is_object(injection)) {
        return;
    }
    markup_open(markup, "section");
    markup_open(markup, "h4");
    markup_text(markup, error ? "The call that fails: " : "The allocation that fails: ");
    markup_open(markup, "code");
    markup_print(markup, "%s(%s)", function ? function : "?",
                 document_size(injection, size));
    markup_close(markup);
    if (error) {
        markup_print(markup, " with %s", error);
    }
    markup_print(
        markup, ", number %" JSON_INTEGER_FORMAT " of thread %" JSON_INTEGER_FORMAT,
        document_number(injection, "number"), document_number(injection, "thread"));
    markup_close(markup);
    put_stack(markup, sources, place_failed_frames(finding),
              place_of_failure(sources->document, finding), "fails here");
    markup_close(markup);
}

/** "SIGSEGV, write to 0x8" */
static void put_signal(struct markup *markup, const json_t *finding) {
    const char *signal = document_text(finding, "signal_name");
    const char *access = document_text(finding, "access");
    const char *address = document_text(finding, "address");
    if (signal) {
        markup_open(markup, "code");
        markup_text(markup, signal);
        if (address) {
            markup_print(markup, ", %s %s", finding_access(access), address);
        }
        markup_close(markup);
    }
}

static void put_broken(struct markup *markup, struct sources *sources,
                       const json_t *finding) {
    const json_t *frames = place_crash_frames(finding);
    const json_t *cycle = json_object_get(finding, "cycle");
    bool crashed = document_text(finding, "signal_name");
    if (json_array_size(frames) == 0) {
        return;
    }
    markup_open(markup, "section");
    markup_open(markup, "h4");
    markup_text(markup, crashed ? "Where it breaks: " : "Where it hangs");
    put_signal(markup, finding);
    markup_close(markup);
    put_stack(markup, sources, frames, place_of_crash(sources->document, finding),
              crashed ? "breaks here" : "hangs here");
    if (json_is_object(cycle)) {
        markup_open(markup, "p");
        markup_attribute(markup, "class", "soft");
        markup_print(markup,
                     "A cycle of %" JSON_INTEGER_FORMAT " frames, %" JSON_INTEGER_FORMAT
                     " times over: %" JSON_INTEGER_FORMAT " frames in all",
                     document_number(cycle, "length"), document_number(cycle, "repeats"),
                     document_number(finding, "frame_count"));
        markup_close(markup);
    }
    markup_close(markup);
}

/** What puts other stacks. */
struct putter {
    struct markup *markup;
    struct sources *sources;
};

/** A stack that is folded until it is wanted. */
static void put_other(void *context, const char *word, const char *rest,
                      const json_t *frames) {
    struct putter *putter = context;
    markup_open(putter->markup, "details");
    markup_open(putter->markup, "summary");
    markup_print(putter->markup, "%s %s", word, rest);
    if (json_array_size(frames) > 0) {
        const struct document *document = putter->sources->document;
        const json_t *frame = place_of_stack(document, frames);
        struct place place = place_read(document, frame);
        markup_text(putter->markup, " ");
        put_frame_words(putter->markup, document, &place);
    }
    markup_close(putter->markup);
    put_stack(putter->markup, putter->sources, frames, NULL, NULL);
    markup_close(putter->markup);
}

/** How much was left in all. */
static void put_leaked(struct markup *markup, const struct document *document,
                       const json_t *finding) {
    const json_t *leaked = json_object_get(finding, "leaked");
    char *amount = json_is_object(leaked) ? document_amount(document, leaked) : NULL;
    if (amount) {
        markup_open(markup, "h4");
        markup_print(markup, "What is left: %s", amount);
        markup_close(markup);
    }
    free(amount);
}

/** Where and how the output is another. */
static void put_difference(struct markup *markup, const json_t *finding) {
    const json_t *difference = json_object_get(finding, "difference");
    const char *where = document_text(difference, "where");
    json_int_t line = document_number(difference, "line");
    if (!where) {
        return;
    }
    markup_open(markup, "h4");
    markup_print(markup, "%s differs", where);
    if (line > 0) {
        markup_print(markup,
                     " in line %" JSON_INTEGER_FORMAT ", at byte %" JSON_INTEGER_FORMAT,
                     line, document_number(difference, "offset"));
    }
    markup_close(markup);
    markup_open(markup, "dl");
    markup_attribute(markup, "class", "facts");
    markup_element(markup, "dt", NULL, "expected");
    markup_open(markup, "dd");
    markup_element(markup, "code", NULL, document_text(difference, "wanted"));
    markup_close(markup);
    markup_element(markup, "dt", NULL, "got");
    markup_open(markup, "dd");
    markup_element(markup, "code", NULL, document_text(difference, "got"));
    markup_close(markup);
    markup_close(markup);
}

/** The tests that come to it, and the programs. */
static void put_tests(struct markup *markup, const struct document *document,
                      const json_t *finding) {
    const json_t *programs = json_object_get(finding, "programs");
    const json_t *value;
    size_t at, count = tests_count(document, finding);
    if (count == 0) {
        return;
    }
    markup_open(markup, "details");
    markup_attribute(markup, "open", count <= TESTS_OPEN ? "open" : NULL);
    markup_open(markup, "summary");
    markup_print(markup, "%zu test%s", count, plural(count));
    json_array_foreach(programs, at, value) {
        const char *name = json_string_value(value);
        markup_print(markup, "%s%s", at > 0 ? ", " : " of ", name ? name : "?");
    }
    markup_close(markup);
    markup_open(markup, "ul");
    json_array_foreach(tests_of(document), at, value) {
        if (tests_reach(document, value, finding)) {
            char *name = tests_name(document, value);
            markup_open(markup, "li");
            markup_open(markup, "a");
            markup_attribute_print(markup, "href", "#test-%zu", at + 1);
            markup_element(markup, "code", NULL, name);
            markup_close(markup);
            markup_close(markup);
            free(name);
        }
    }
    markup_close(markup);
    markup_close(markup);
}

static void put_reproducer(struct markup *markup, const struct document *document,
                           const json_t *finding) {
    char *again = document_reproducer(document, finding);
    if (again) {
        markup_element(markup, "h4", NULL, "See it again");
        markup_open(markup, "pre");
        markup_attribute(markup, "tabindex", "0");
        markup_element(markup, "code", "command", again);
        markup_close(markup);
    }
    free(again);
}

/** How often it was seen, and how. */
static void put_trials(struct markup *markup, const json_t *finding) {
    json_int_t trials = document_number(finding, "trials");
    const char *mode = document_text(finding, "mode");
    if (trials > 0) {
        markup_open(markup, "span");
        markup_attribute(markup, "class", "soft");
        markup_print(markup, "%" JSON_INTEGER_FORMAT " failure%s here", trials,
                     trials == 1 ? " ends" : "s end");
        if (mode && strcmp(mode, "persistent") == 0) {
            markup_text(markup, ", shown where all fail from that one on");
        } else if (mode && strcmp(mode, "pairs") == 0) {
            markup_text(markup, ", shown where two fail");
        }
        markup_text(markup, json_is_true(json_object_get(finding, "known"))
                                ? "; known by the baseline"
                                : "");
        markup_close(markup);
    }
}

static void put_finding(struct markup *markup, struct sources *sources,
                        const json_t *finding, size_t at) {
    const struct document *document = sources->document;
    size_t count;
    const struct finding_kind *kind = &finding_kinds(&count)[finding_kind_of(finding)];
    bool allocation = !document_text(json_object_get(finding, "injection"), "errno");
    char *summary = finding_kind_words(kind->summary, allocation);
    char *help = finding_kind_words(kind->help, allocation);
    const char *explanation = document_text(finding, "explanation");
    const char *detail = document_text(finding, "detail");
    struct putter putter = {markup, sources};
    char id[32];
    snprintf(id, sizeof(id), "finding-%zu", at + 1);
    markup_open(markup, "article");
    markup_attribute(markup, "id", id);
    markup_open(markup, "h3");
    markup_print(markup, "%zu. %s", at + 1,
                 explanation ? explanation
                 : summary   ? summary
                             : kind->summary);
    markup_close(markup);
    markup_open(markup, "p");
    put_kind(markup, finding);
    markup_text(markup, " ");
    put_trials(markup, finding);
    markup_close(markup);
    if (detail && *detail && !(explanation && strstr(explanation, detail))) {
        markup_element(markup, "p", NULL, detail);
    }
    markup_open(markup, "details");
    markup_element(markup, "summary", NULL, "What this means");
    markup_element(markup, "p", NULL, help ? help : kind->help);
    free(summary);
    free(help);
    markup_close(markup);
    markup_open(markup, "div");
    markup_attribute(markup, "class", "stacks");
    put_failed(markup, sources, finding);
    put_broken(markup, sources, finding);
    markup_close(markup);
    put_difference(markup, finding);
    put_leaked(markup, document, finding);
    otherstacks_each(document, finding, put_other, &putter);
    put_tests(markup, document, finding);
    put_reproducer(markup, document, finding);
    markup_close(markup);
}

/** A place, which may be broken in front of its line or its offset. */
static void put_label(struct markup *markup, char *label) {
    char *last = label ? label + strcspn(label, ":+") : NULL;
    markup_open(markup, "code");
    if (last && *last) {
        char mark = *last;
        *last = '\0';
        markup_text(markup, label);
        markup_open(markup, "wbr");
        markup_close_void(markup);
        *last = mark;
    } else {
        last = label;
    }
    markup_text(markup, last);
    markup_close(markup);
}

static void put_row(struct markup *markup, const struct document *document,
                    const json_t *finding, size_t at) {
    const char *explanation = document_text(finding, "explanation");
    const json_t *frame = place_of_crash(document, finding);
    struct place place =
        place_read(document, frame ? frame : place_of_failure(document, finding));
    char *label = place_label(document, &place);
    char link[32];
    snprintf(link, sizeof(link), "#finding-%zu", at + 1);
    markup_open(markup, "tr");
    markup_open(markup, "td");
    put_kind(markup, finding);
    markup_close(markup);
    markup_open(markup, "td");
    markup_open(markup, "a");
    markup_attribute(markup, "href", link);
    markup_text(markup, explanation ? explanation : "finding");
    markup_close(markup);
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "where");
    put_label(markup, label);
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    if (document_number(finding, "trials") > 0) {
        markup_print(markup, "%" JSON_INTEGER_FORMAT, document_number(finding, "trials"));
    }
    markup_close(markup);
    if (json_array_size(tests_of(document)) > 0) {
        markup_open(markup, "td");
        markup_attribute(markup, "class", "number");
        markup_print(markup, "%zu", tests_count(document, finding));
        markup_close(markup);
    }
    markup_close(markup);
    free(label);
}

static void put_table(struct markup *markup, const struct document *document) {
    static const char *const heads[] = {"Kind", "What happens", "Where", "Failures",
                                        "Tests"};
    bool tests = json_array_size(tests_of(document)) > 0;
    const json_t *finding;
    size_t at;
    html_scroll_begin(markup, "All findings");
    markup_open(markup, "table");
    html_heads(markup, heads, sizeof(heads) / sizeof(heads[0]) - !tests);
    markup_open(markup, "tbody");
    json_array_foreach(document_findings(document), at, finding) {
        put_row(markup, document, finding, at);
    }
    markup_close(markup);
    markup_close(markup);
    markup_close(markup);
}

void html_findings(struct markup *markup, const struct document *document) {
    const json_t *finding;
    size_t at;
    markup_open(markup, "section");
    markup_attribute(markup, "aria-labelledby", "findings");
    markup_open(markup, "h2");
    markup_attribute(markup, "id", "findings");
    markup_text(markup,
                json_array_size(tests_of(document)) > 0 ? "By cause" : "Findings");
    markup_close(markup);
    if (json_array_size(document_findings(document)) == 0) {
        markup_element(markup, "p", NULL, "Nothing broke.");
    } else {
        put_table(markup, document);
    }
    struct sources sources = {.document = document};
    json_array_foreach(document_findings(document), at, finding) {
        put_finding(markup, &sources, finding, at);
    }
    sources_destroy(&sources);
    markup_close(markup);
}
