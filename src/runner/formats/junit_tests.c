// SPDX-License-Identifier: MIT
// A suite, or results that were joined: a case for each test. One defect fails each test that
// comes to it; how many defects there are is told once, by the properties.
#include "runner/formats/finding_text.h"
#include "runner/formats/html.h"
#include "runner/formats/junit.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"
#include "runner/util/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** How many programs that were not tested are named. */
#define NAMES_MAX 12

static enum junit_verdict judge(const struct document *document, const json_t *test) {
    return tests_defects(document, test) > 0     ? JUNIT_FAILED
           : document_number(test, "tried") == 0 ? JUNIT_SKIPPED
           : tests_cut_short(document, test)     ? JUNIT_SKIPPED
                                                 : JUNIT_PASSED;
}

/** Whether a finding counts and no test is known to come to it. */
static bool is_alone(const struct document *document, const json_t *finding) {
    return document_counts(finding) && tests_count(document, finding) == 0;
}

void junit_tests_count(const struct document *document, struct junit_counts *counts) {
    const json_t *value;
    size_t at;
    json_array_foreach(tests_of(document), at, value) {
        counts->cases[judge(document, value)]++;
    }
    json_array_foreach(document_findings(document), at, value) {
        counts->cases[JUNIT_FAILED] += is_alone(document, value);
    }
}

/** Tell of a finding: in full where its first test is, elsewhere by its line. */
static void put_finding(struct markup *markup, const struct document *document,
                        const json_t *test, const json_t *finding) {
    const json_t *first = tests_first(document, finding);
    if (!first || first == test) {
        char *text = finding_text_whole(document, finding);
        markup_text(markup, text ? text : "?");
        free(text);
        return;
    }
    const char *explanation = document_text(finding, "explanation");
    char *name = tests_name(document, first);
    char *again = document_reproducer(document, finding);
    markup_print(markup, "%s\n    described in full at the test %s\n",
                 explanation ? explanation : "a defect", name ? name : "?");
    if (again) {
        markup_print(markup, "    again   %s\n", again);
    }
    free(again);
    free(name);
}

/** All defects that a test comes to, as one failure. */
static void put_failure(struct markup *markup, const struct document *document,
                        const json_t *test) {
    size_t more = tests_defects(document, test) - 1, at;
    const json_t *finding;
    bool any = false;
    json_array_foreach(document_findings(document), at, finding) {
        if (!document_counts(finding) || !tests_reach(document, test, finding)) {
            continue;
        }
        if (!any) {
            const char *explanation = document_text(finding, "explanation");
            char *message = NULL;
            char rest[64] = "";
            if (more > 0) {
                snprintf(rest, sizeof(rest), ", and %zu more defect%s", more,
                         plural(more));
            }
            if (asprintf(&message, "%s%s", explanation ? explanation : "a defect", rest) <
                0) {
                message = document_kept(document, NULL);
            }
            junit_failure_begin(markup, document, finding, message);
            free(message);
        }
        any = true;
        put_finding(markup, document, test, finding);
        markup_text(markup, "\n");
    }
    if (any) {
        markup_close(markup);
    }
}

/** Whether what a suite has left is of a test. */
static bool is_of(const json_t *left, const json_t *test) {
    const json_t *name = json_object_get(test, "test");
    return json_is_string(name) ? json_equal(json_object_get(left, "test"), name)
                                : !json_is_string(json_object_get(left, "test")) &&
                                      json_equal(json_object_get(left, "arguments"),
                                                 json_object_get(test, "arguments")) &&
                                      json_equal(json_object_get(left, "directory"),
                                                 json_object_get(test, "directory"));
}

/** Why a suite has left failures of a test: how many for each reason. NULL when memory ran
 * out. */
static json_t *reasons_of(const struct document *document, const json_t *test) {
    json_t *counts = json_object();
    const json_t *left, *failure;
    size_t at, place;
    json_array_foreach(json_object_get(document->root, "left"), at, left) {
        if (!is_of(left, test)) {
            continue;
        }
        json_array_foreach(json_object_get(left, "failures"), place, failure) {
            const char *reason = json_string_value(json_object_get(failure, "reason"));
            json_int_t before = json_integer_value(json_object_get(counts, reason));
            if (reason && json_object_set_new(counts, reason, json_integer(before + 1))) {
                json_decref(counts);
                return NULL;
            }
        }
    }
    return counts;
}

/** Whether a suite has left failures of which nobody knows the command. */
static bool has_unknown(const struct document *document) {
    const json_t *left;
    size_t at;
    json_array_foreach(json_object_get(document->root, "left"), at, left) {
        if (!json_is_string(json_object_get(left, "program"))) {
            return true;
        }
    }
    return false;
}

/** Say why no failure was tried in a test. */
static void put_untried(struct markup *markup, const struct document *document,
                        const json_t *test) {
    json_t *reasons = reasons_of(document, test);
    const char *reason;
    json_t *count;
    char *text = NULL;
    size_t size;
    FILE *stream = reasons ? open_memstream(&text, &size) : NULL;
    if (stream) {
        const char *before = "no failure was tried in it: ";
        json_object_foreach(reasons, reason, count) {
            fprintf(stream, "%s%" JSON_INTEGER_FORMAT " %s", before,
                    json_integer_value(count), reason);
            before = ", ";
        }
        if (json_object_size(reasons) == 0) {
            fprintf(
                stream, "%sother tests came to all its stacks first, or it has none%s",
                before,
                has_unknown(document) ? ", or what is left of it has no command" : "");
        }
    }
    bool told = stream && fclose(stream) == 0;
    markup_attribute(markup, "message", told ? text : "no failure was tried in it");
    free(text);
    json_decref(reasons);
}

/** Why a test says nothing, or not all. */
static void put_skipped(struct markup *markup, const struct document *document,
                        const json_t *test) {
    const json_t *cut_short = tests_cut_short(document, test);
    markup_open(markup, "skipped");
    if (cut_short) {
        markup_attribute_print(
            markup, "message",
            "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " failures tried",
            document_number(cut_short, "tried"), document_number(cut_short, "planned"));
    } else {
        put_untried(markup, document, test);
    }
    markup_close(markup);
}

/** What its failures came to. */
static void put_outcomes(struct markup *markup, const json_t *test) {
    json_int_t tried = document_number(test, "tried");
    json_int_t commands = document_number(test, "commands");
    char *words = html_counts(markup, json_object_get(test, "outcomes"));
    markup_open(markup, "system-out");
    markup_print(markup, "%" JSON_INTEGER_FORMAT " failure%s tried%s%s", tried,
                 plural((uint64_t)tried), tried > 0 ? ": " : "",
                 tried > 0 && words ? words : "");
    if (commands > 1) {
        markup_print(markup, "; %" JSON_INTEGER_FORMAT " commands", commands);
    }
    markup_close(markup);
    free(words);
}

/** Whether there is another test with this command and no name. */
static bool is_ambiguous(const struct document *document, const json_t *test) {
    const json_t *other;
    size_t at;
    json_array_foreach(tests_of(document), at, other) {
        if (other != test && !document_text(other, "test") &&
            json_equal(json_object_get(other, "arguments"),
                       json_object_get(test, "arguments"))) {
            return true;
        }
    }
    return false;
}

static void put_name(struct markup *markup, const struct document *document,
                     const json_t *test) {
    const json_t *arguments = json_object_get(test, "arguments");
    const char *program = json_string_value(json_array_get(arguments, 0));
    const char *directory = document_text(test, "directory");
    char *name = tests_name(document, test);
    bool more = !document_text(test, "test") && directory && is_ambiguous(document, test);
    markup_attribute_print(markup, "name", "%s%s%s", name ? name : "?",
                           more ? ", in " : "", more ? directory : "");
    markup_attribute(markup, "classname", program ? path_base(program) : "mallocfail");
    free(name);
}

void junit_tests_put(struct markup *markup, const struct document *document) {
    const json_t *value;
    size_t at;
    json_array_foreach(tests_of(document), at, value) {
        enum junit_verdict verdict = judge(document, value);
        markup_open(markup, "testcase");
        put_name(markup, document, value);
        if (verdict == JUNIT_FAILED) {
            put_failure(markup, document, value);
        } else if (verdict == JUNIT_SKIPPED) {
            put_skipped(markup, document, value);
        }
        put_outcomes(markup, value);
        markup_close(markup);
    }
    json_array_foreach(document_findings(document), at, value) {
        if (is_alone(document, value)) {
            const char *explanation = document_text(value, "explanation");
            markup_open(markup, "testcase");
            markup_attribute(markup, "name", explanation ? explanation : "a defect");
            markup_attribute(markup, "classname", "mallocfail");
            junit_failure_begin(markup, document, value, explanation);
            put_finding(markup, document, NULL, value);
            markup_close(markup);
            markup_close(markup);
        }
    }
}

static void put_property(struct markup *markup, const char *name, const char *value) {
    markup_open(markup, "property");
    markup_attribute(markup, "name", name);
    markup_attribute(markup, "value", value);
    markup_close(markup);
}

/** Each defect, with how many tests come to it. */
static void put_defects(struct markup *markup, const struct document *document) {
    const json_t *finding;
    size_t at, number = 0;
    char text[32];
    snprintf(text, sizeof(text), "%zu", document_defects(document));
    put_property(markup, "defects", text);
    json_array_foreach(document_findings(document), at, finding) {
        const char *explanation = document_text(finding, "explanation");
        size_t count = tests_count(document, finding);
        if (document_counts(finding) && count > 0) {
            markup_open(markup, "property");
            markup_attribute_print(markup, "name", "defect.%zu", ++number);
            markup_attribute_print(markup, "value", "%s (%zu test%s)",
                                   explanation ? explanation : "a defect", count,
                                   plural(count));
            markup_close(markup);
        }
    }
}

/** A list as one property: "2 REASON, 1 OTHER". */
static void put_list(struct markup *markup, const struct document *document,
                     const char *name, const char *key, const char *what,
                     const char *count) {
    const json_t *list = json_object_get(document->root, key);
    const json_t *element;
    size_t at, size;
    char *text = NULL;
    FILE *stream = json_array_size(list) > 0 ? open_memstream(&text, &size) : NULL;
    json_array_foreach(list, at, element) {
        const char *word = document_text(element, what);
        if (stream && at < NAMES_MAX) {
            fprintf(stream, "%s%" JSON_INTEGER_FORMAT " %s", at > 0 ? ", " : "",
                    document_number(element, count), word ? word : "?");
        }
    }
    if (stream && json_array_size(list) > NAMES_MAX) {
        fprintf(stream, " and %zu more", json_array_size(list) - NAMES_MAX);
    }
    if (stream && fclose(stream) == 0) {
        put_property(markup, name, text);
    }
    free(text);
}

void junit_properties(struct markup *markup, const struct document *document) {
    char extent[DOCUMENT_EXTENT_MAX];
    bool tests = json_array_size(tests_of(document)) > 0;
    document_extent(document, extent);
    if (!extent[0] && !tests) {
        return;
    }
    markup_open(markup, "properties");
    if (extent[0]) {
        put_property(markup, "extent", extent);
    }
    if (tests) {
        put_defects(markup, document);
        put_list(markup, document, "not-in-place", "not_in_place", "reason", "failures");
        put_list(markup, document, "leaks-unknown", "leaks_unknown", "reason",
                 "failures");
        put_list(markup, document, "not-tested", "untested", "image", "processes");
    }
    markup_close(markup);
}
