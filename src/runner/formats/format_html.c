// SPDX-License-Identifier: MIT
// One page that needs nothing but itself: no script, no font, no network. It is read from
// the top down: verdict, summary, findings, coverage.
#include "runner/formats/formats.h"

#include "runner/formats/html.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void put_meta(struct markup *markup, const char *key, const char *name,
                     const char *content) {
    markup_open(markup, "meta");
    markup_attribute(markup, key, name);
    markup_attribute(markup, "content", content);
    markup_close_void(markup);
}

static void put_head(struct markup *markup, const char *command) {
    markup_open(markup, "head");
    markup_open(markup, "meta");
    markup_attribute(markup, "charset", "utf-8");
    markup_close_void(markup);
    put_meta(markup, "name", "viewport", "width=device-width, initial-scale=1");
    put_meta(markup, "name", "color-scheme", "light dark");
    // Should anything get past the escaping, it still cannot run.
    put_meta(markup, "http-equiv", "Content-Security-Policy",
             "default-src 'none'; style-src 'unsafe-inline'");
    markup_open(markup, "title");
    markup_print(markup, "mallocfail: %s", command);
    markup_close(markup);
    markup_open(markup, "style");
    markup_raw(markup, html_style);
    markup_close(markup);
    markup_close(markup);
}

static void put_verdict(struct markup *markup, const struct document *document) {
    size_t defects = document_defects(document);
    char extent[DOCUMENT_EXTENT_MAX];
    markup_open(markup, "p");
    markup_attribute(markup, "class", "verdict");
    markup_open(markup, "span");
    markup_attribute(markup, "class", defects ? "badge crashed" : "badge tolerated");
    if (defects > 0) {
        markup_print(markup, "%zu defect%s", defects, plural(defects));
    } else {
        markup_text(markup, "no defect");
    }
    markup_close(markup);
    document_extent(document, extent);
    if (extent[0]) {
        markup_print(markup, " in %s", extent);
    }
    markup_close(markup);
}

static void put_header(struct markup *markup, const struct document *document,
                       const char *command) {
    const char *version = document_text(document->root, "mallocfail");
    markup_open(markup, "a");
    markup_attribute(markup, "class", "skip");
    markup_attribute(markup, "href", "#findings");
    markup_text(markup, "Skip to the findings");
    markup_close(markup);
    markup_open(markup, "header");
    markup_open(markup, "p");
    markup_attribute(markup, "class", "brand");
    markup_print(markup, "mallocfail %s: what %s when %ss fail", version ? version : "",
                 document->exploration ? "breaks" : "one run did",
                 document_counted(document));
    markup_close(markup);
    markup_open(markup, "h1");
    markup_element(markup, "code", NULL, command);
    markup_close(markup);
    put_verdict(markup, document);
    markup_close(markup);
}

/** One line of the summary. */
static void put_fact(struct markup *markup, const char *term, const char *text) {
    markup_element(markup, "dt", NULL, term);
    markup_element(markup, "dd", NULL, text);
}

static void put_clean_run(struct markup *markup, const struct document *document) {
    const json_t *oracle = json_object_get(document->root, "oracle");
    json_int_t count = document_number(oracle, "allocations");
    json_int_t stacks = document_number(document->root, "stacks");
    bool suite = json_is_true(json_object_get(document->root, "suite"));
    markup_element(markup, "dt", NULL,
                   document_joined(document) > 0 ? "Clean runs"
                   : suite                       ? "Suite"
                                                 : "Clean run");
    markup_open(markup, "dd");
    if (suite && document_runs(document->root) > 1) {
        markup_print(markup, "%zu runs, ", document_runs(document->root));
    }
    markup_print(markup, "exit status %" JSON_INTEGER_FORMAT " after %.3f s, ",
                 document_number(oracle, "status"),
                 json_number_value(json_object_get(oracle, "seconds")));
    if (!suite) {
        // A suite does not count what comes from a known stack.
        markup_print(markup, "%" JSON_INTEGER_FORMAT " %s%s from ", count,
                     document_counted(document), plural(count));
    }
    markup_print(markup, "%" JSON_INTEGER_FORMAT " stack%s", stacks, plural(stacks));
    markup_close(markup);
}

/** What was not tried to its end, of what was joined. */
static void put_cut_short(struct markup *markup, const struct document *document) {
    const json_t *exploration;
    size_t at, count = 0;
    json_array_foreach(json_object_get(document->root, "explorations"), at, exploration) {
        if (!json_is_false(json_object_get(exploration, "complete"))) {
            continue;
        }
        char *name = tests_name(document, exploration);
        if (count++ == 0) {
            markup_element(markup, "dt", NULL, "Cut short");
            markup_open(markup, "dd");
        }
        markup_print(markup,
                     "%s%s (%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                     " failures tried)",
                     count > 1 ? ", " : "", name ? name : "?",
                     document_number(exploration, "tried"),
                     document_number(exploration, "planned"));
        free(name);
    }
    if (count > 0) {
        markup_close(markup);
    }
}

static void put_tried(struct markup *markup, const struct document *document) {
    markup_element(markup, "dt", NULL, "Failures tried");
    markup_open(markup, "dd");
    markup_print(markup,
                 "%" JSON_INTEGER_FORMAT " in %.2f s, %" JSON_INTEGER_FORMAT
                 " of them in place, %" JSON_INTEGER_FORMAT " inferred",
                 document_tried(document),
                 json_number_value(json_object_get(document->root, "seconds")),
                 document_number(document->root, "in_place"),
                 document_number(document->root, "inferred"));
    markup_close(markup);
}

/** The end of a single run. */
static void put_end(struct markup *markup, const struct document *document) {
    const json_t *end = json_object_get(document->root, "end");
    const char *kind = document_text(end, "kind");
    const char *signal = document_text(end, "signal_name");
    markup_element(markup, "dt", NULL, "End");
    markup_open(markup, "dd");
    if (signal) {
        markup_print(markup, "killed by %s", signal);
    } else {
        markup_print(markup, "%s, status %" JSON_INTEGER_FORMAT, kind ? kind : "?",
                     document_number(end, "status"));
    }
    markup_close(markup);
    markup_element(markup, "dt", NULL,
                   document_counted(document)[0] == 'a' ? "Allocations" : "Calls");
    markup_open(markup, "dd");
    markup_print(markup, "%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " failed",
                 document_number(document->root, "allocations"),
                 document_number(document->root, "failed"));
    markup_close(markup);
}

static void put_rules(struct markup *markup, const struct document *document) {
    const json_t *rule;
    size_t at;
    json_array_foreach(json_object_get(document->root, "rules"), at, rule) {
        const char *name = document_text(rule, "name");
        const char *action = document_text(rule, "action");
        markup_element(markup, "dt", NULL, "Rule");
        markup_open(markup, "dd");
        markup_print(markup,
                     "%s: %s %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " calls",
                     name ? name : "?",
                     action && strcmp(action, "spare") == 0 ? "spared" : "failed",
                     document_number(rule, "taken"), document_number(rule, "selected"));
        markup_close(markup);
    }
}

/** Whether trials in place had no clean run to be compared with: those of a suite, or of some of
 * the joined results. */
static bool has_suite(const struct document *document) {
    bool suite = json_is_true(json_object_get(document->root, "suite"));
    const json_t *exploration;
    size_t at;
    json_array_foreach(json_object_get(document->root, "explorations"), at, exploration) {
        suite |= json_is_true(json_object_get(exploration, "suite"));
    }
    return suite;
}

/** What an outcome means, in a few words: with clean runs to compare with, and in a suite, where
 * that differs. */
static const char *meaning(const char *outcome, bool suite) {
    static const char *const words[][3] = {
        {"tolerated", "same status and output as the clean run",
         "ended with exit status 0; output is compared in fresh trials only"},
        {"handled", "a message or another status", "ended with another exit status"},
        {"aborted", "gave up by design", NULL},
        {"crashed", "died of a fault", NULL},
        {"silent", "other output, without an error message", NULL},
        {"hung", "did not end", NULL},
        {"sick", "no longer served afterwards", NULL},
        {"leaked", "leaked memory on the error path", NULL},
        {"flaky", "did not come back", NULL},
        {"survived", "nothing broke before the trial was cut off", NULL}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(outcome, words[i][0]) == 0) {
            return suite && words[i][2] ? words[i][2] : words[i][1];
        }
    }
    return NULL;
}

static void put_legend(struct markup *markup, const struct document *document) {
    const json_t *outcomes = json_object_get(document->root, "outcomes");
    const bool suite = has_suite(document);
    const char *outcome;
    json_t *count;
    markup_open(markup, "ul");
    markup_attribute(markup, "class", "legend");
    json_object_foreach((json_t *)outcomes, outcome, count) {
        char class[32];
        if (json_integer_value(count) < 1) {
            continue;
        }
        snprintf(class, sizeof(class), "swatch %s", html_outcome_class(outcome));
        markup_open(markup, "li");
        markup_element(markup, "span", class, "");
        markup_print(markup, "%" JSON_INTEGER_FORMAT " %s", json_integer_value(count),
                     outcome);
        const char *words = meaning(outcome, suite);
        if (words) {
            markup_open(markup, "span");
            markup_attribute(markup, "class", "soft");
            markup_print(markup, " (%s)", words);
            markup_close(markup);
        }
        markup_close(markup);
    }
    markup_close(markup);
}

static void put_summary(struct markup *markup, const struct document *document) {
    const json_t *outcomes = json_object_get(document->root, "outcomes");
    const char *program = document_text(document->root, "program");
    const char *input = document_text(document->root, "input");
    markup_open(markup, "section");
    markup_attribute(markup, "aria-labelledby", "summary");
    markup_open(markup, "h2");
    markup_attribute(markup, "id", "summary");
    markup_text(markup, "Summary");
    markup_close(markup);
    markup_open(markup, "dl");
    markup_attribute(markup, "class", "facts");
    if (document_joined(document) == 0) {
        put_fact(markup, "Program", program ? program : "?");
    }
    if (input) {
        put_fact(markup, "Input", input);
    }
    if (document->exploration) {
        put_clean_run(markup, document);
        put_tried(markup, document);
        put_cut_short(markup, document);
    } else {
        put_end(markup, document);
        put_rules(markup, document);
    }
    markup_close(markup);
    if (json_object_size(outcomes) > 0) {
        markup_element(markup, "h3", NULL, "Outcomes");
        html_bar(markup, outcomes);
        put_legend(markup, document);
    }
    markup_close(markup);
}

int format_html(const struct document *document, FILE *stream) {
    struct markup markup;
    char *command = document_command(document);
    if (!command || markup_begin(&markup, stream, false) != 0) {
        errno = command ? errno : ENOMEM;
        free(command);
        return -1;
    }
    markup_open(&markup, "html");
    markup_attribute(&markup, "lang", "en");
    put_head(&markup, command);
    markup_open(&markup, "body");
    put_header(&markup, document, command);
    markup_open(&markup, "main");
    put_summary(&markup, document);
    html_tests(&markup, document);
    html_findings(&markup, document);
    html_coverage(&markup, document);
    markup_close(&markup);
    markup_element(&markup, "footer", NULL,
                   "Drawn by mallocfail report. Source lines are those of the files as "
                   "they were when the page was drawn.");
    free(command);
    return markup_finish(&markup);
}
