// SPDX-License-Identifier: MIT
// JUnit's XML, as CI systems read it: a test case for each test where there are some. Else a
// failed one for each defect, however many stacks lead to it, and one for each other stack
// whose allocation was made to fail: what the program handled, tolerated or gave up over by
// its own design has passed.
#include "runner/formats/formats.h"

#include "runner/formats/finding_text.h"
#include "runner/formats/junit.h"
#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/json.h"
#include "runner/util/markup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** The cases, by their stack id: each has "trials", and may have "finding", "injection",
 * the finding's or a run's own, and "site", the call site. */
struct cases {
    const struct document *document;
    json_t *list;
    /** Findings by their cause. */
    json_t *causes;
    int bad;
};

/** The case of a stack, made where it is new; NULL when memory ran out. */
static json_t *find_case(struct cases *cases, const char *stack_id) {
    json_t *entry = json_object_get(cases->list, stack_id);
    if (!entry) {
        entry = json_pack("{s:[]}", "trials");
        cases->bad |= json_put(cases->list, stack_id, entry);
        entry = json_object_get(cases->list, stack_id);
    }
    return entry;
}

static void add_trials(struct cases *cases) {
    json_t *trial;
    size_t at;
    json_array_foreach(json_object_get(cases->document->root, "trials"), at, trial) {
        const char *id = document_text(trial, "stack_id");
        json_t *entry = find_case(cases, id ? id : "?");
        const char *cause = document_text(trial, "cause");
        json_t *finding = cause ? json_object_get(cases->causes, cause) : NULL;
        cases->bad |= json_array_append(json_object_get(entry, "trials"), trial);
        if (finding && !document_counts(json_object_get(entry, "finding"))) {
            cases->bad |= json_object_set(entry, "finding", finding);
        }
    }
}

/** Where the stacks of the clean run are, those that were not tried included. */
static void add_stacks(struct cases *cases) {
    const json_t *coverage = json_object_get(cases->document->root, "coverage");
    const json_t *sites = json_object_get(coverage, "call_sites");
    json_t *stack;
    size_t at;
    json_array_foreach(json_object_get(coverage, "stacks"), at, stack) {
        const char *id = document_text(stack, "stack_id");
        json_int_t index = document_number(stack, "call_site");
        json_t *site = index < 0 ? NULL : json_array_get(sites, (size_t)index);
        if (!json_is_true(json_object_get(stack, "left_out"))) {
            json_t *entry = find_case(cases, id ? id : "?");
            cases->bad |= site ? json_object_set(entry, "site", site) : 0;
        }
    }
}

/** What a single run failed. */
static void add_injections(struct cases *cases) {
    json_t *injection;
    size_t at;
    json_array_foreach(json_object_get(cases->document->root, "injections"), at,
                       injection) {
        const char *id = document_text(injection, "stack_id");
        json_t *entry = find_case(cases, id ? id : "?");
        cases->bad |= json_object_set(entry, "injection", injection);
    }
}

/** Give each finding to the stack that it was seen with. */
static void add_findings(struct cases *cases) {
    json_t *finding;
    size_t at;
    json_array_foreach(document_findings(cases->document), at, finding) {
        json_t *injection = json_object_get(finding, "injection");
        const char *id = document_text(injection, "stack_id");
        const char *signature = document_text(finding, "signature");
        json_t *entry = find_case(cases, id ? id : signature ? signature : "?");
        cases->bad |= injection ? json_object_set(entry, "injection", injection) : 0;
        if (!document_counts(json_object_get(entry, "finding"))) {
            cases->bad |= json_object_set(entry, "finding", finding);
        }
    }
}

static void gather(struct cases *cases) {
    json_t *finding;
    size_t at;
    json_array_foreach(document_findings(cases->document), at, finding) {
        const char *cause = document_text(finding, "cause");
        cases->bad |= cause ? json_object_set(cases->causes, cause, finding) : 0;
    }
    add_stacks(cases);
    add_trials(cases);
    add_injections(cases);
    add_findings(cases);
}

static bool has_outcome(const json_t *trial, const char *name) {
    const char *outcome = document_text(trial, "outcome");
    return outcome && strcmp(outcome, name) == 0;
}

/** The trial of a case that is a defect by its outcome and yet is of no finding; NULL =
 * none. */
static const json_t *find_open(const json_t *entry) {
    const json_t *trial;
    size_t at;
    json_array_foreach(json_object_get(entry, "trials"), at, trial) {
        if (document_counts(trial) && !document_text(trial, "cause")) {
            return trial;
        }
    }
    return NULL;
}

/** Whether a case says nothing: why, or NULL. */
static const char *is_open(const json_t *entry) {
    const json_t *trial;
    size_t at;
    if (!json_object_get(entry, "injection") &&
        json_array_size(json_object_get(entry, "trials")) == 0) {
        return "not tried";
    }
    json_array_foreach(json_object_get(entry, "trials"), at, trial) {
        if (has_outcome(trial, "flaky")) {
            return "flaky: a second try ended differently";
        }
        if (has_outcome(trial, "survived")) {
            return "survived so far: it was cut off because time ran out";
        }
    }
    return NULL;
}

/** Whether a stack has no case: that of a defect stands for it. */
static bool is_covered(const json_t *entry) {
    return document_counts(json_object_get(entry, "finding"));
}

static enum junit_verdict judge(const json_t *entry) {
    if (!json_object_get(entry, "finding") && find_open(entry)) {
        return JUNIT_FAILED;
    }
    return is_open(entry) ? JUNIT_SKIPPED : JUNIT_PASSED;
}

/** The place that stands for a case: the call site, or what else is known. */
static struct place place_of(const struct document *document, const json_t *entry) {
    const json_t *injection = json_object_get(entry, "injection");
    const json_t *finding = json_object_get(entry, "finding");
    const json_t *site = json_object_get(entry, "site");
    if (site) {
        return place_read(document, site);
    }
    if (finding && json_object_get(finding, "injection") == injection) {
        return place_read(document, place_of_failure(document, finding));
    }
    return place_read(document, json_array_get(json_object_get(injection, "frames"), 0));
}

/** "malloc(8) in main, parse.c:7, stack 1f…", as far as it is known; NULL when memory ran
 * out. */
static char *name_of(const struct document *document, const struct place *place,
                     const char *stack_id, const json_t *entry) {
    const json_t *injection = json_object_get(entry, "injection");
    const char *function = document_text(injection, "function");
    bool placed = place->file || place->module;
    char *label = place_label(document, place);
    char *name = NULL;
    size_t size;
    FILE *stream = open_memstream(&name, &size);
    if (stream && function) {
        char asked[DOCUMENT_SIZE_MAX];
        fprintf(stream, "%s(%s) ", function, document_size(injection, asked));
    }
    if (stream) {
        fprintf(stream, "%s%s%s%s%sstack %s", place->function ? "in " : "",
                place->function ? place_function(place) : "", place->function ? ", " : "",
                placed && label ? label : "", placed ? ", " : "", stack_id);
    }
    free(label);
    return document_kept(document, stream && fclose(stream) == 0 ? name : NULL);
}

/** The name, and the place for those who show sources. */
static void put_place(struct markup *markup, const struct document *document,
                      const char *stack_id, const json_t *entry) {
    struct place place = place_of(document, entry);
    char *name = document_kept(document, name_of(document, &place, stack_id, entry));
    char *path = place_path(document, &place);
    const char *relative = path ? place_relative(document, path) : NULL;
    markup_attribute(markup, "name", name ? name : stack_id);
    if (relative) {
        markup_attribute(markup, "file", relative);
        markup_number(markup, "line", place.line);
    }
    free(path);
    free(name);
}

void junit_failure_begin(struct markup *markup, const struct document *document,
                         const json_t *shown, const char *message) {
    const char *outcome = document_text(shown, "outcome");
    const char *class = document_text(shown, "class");
    bool told = class && strcmp(class, "none") != 0;
    char *type = NULL;
    if (asprintf(&type, "%s%s%s", outcome ? outcome : "?", told ? ": " : "",
                 told ? class : "") < 0) {
        type = document_kept(document, NULL);
    }
    markup_open(markup, "failure");
    markup_attribute(markup, "type", type);
    markup_attribute(markup, "message", message);
    free(type);
}

/** Say that a trial is a defect which nobody has looked at. */
static void put_open(struct markup *markup, const struct document *document,
                     const json_t *entry) {
    junit_failure_begin(markup, document, find_open(entry), "not examined: time ran out");
    markup_close(markup);
}

/** What a defect's case is called: its kind, where it broke, and after what. */
static char *name_of_defect(const struct document *document, const json_t *finding,
                            const struct place *broke) {
    const json_t *injection = json_object_get(finding, "injection");
    const char *class = document_text(finding, "class");
    const char *outcome = document_text(finding, "outcome");
    const char *function = document_text(injection, "function");
    struct place failed = place_read(document, place_of_failure(document, finding));
    bool told = class && strcmp(class, "none") != 0;
    bool placed = broke->file || broke->module;
    char *at = place_label(document, broke), *from = place_label(document, &failed);
    char asked[DOCUMENT_SIZE_MAX];
    char *name = NULL;
    size_t size;
    FILE *stream = open_memstream(&name, &size);
    if (stream) {
        fputs(told ? class : outcome ? outcome : "?", stream);
    }
    if (stream && placed) {
        fprintf(stream, " in %s, %s", place_function(broke), at ? at : "?");
    }
    if (stream && function) {
        fprintf(stream, ", after %s(%s) failed in %s, %s", function,
                document_size(injection, asked), place_function(&failed),
                from ? from : "?");
    }
    free(from);
    free(at);
    return document_kept(document, stream && fclose(stream) == 0 ? name : NULL);
}

/** The case of a defect. */
static void put_defect(struct markup *markup, const struct document *document,
                       const char *class, const json_t *finding) {
    struct place place = place_read(document, place_of_crash(document, finding));
    bool crashed = place.file || place.module;
    if (!crashed) {
        place = place_read(document, place_of_failure(document, finding));
    }
    const char *explanation = document_text(finding, "explanation");
    char *name = name_of_defect(document, finding, &place);
    char *path = place_path(document, &place);
    const char *relative = path ? place_relative(document, path) : NULL;
    char *text = finding_text_whole(document, finding);
    markup_open(markup, "testcase");
    markup_attribute(markup, "name", name ? name : "?");
    if (relative) {
        markup_attribute(markup, "file", relative);
        markup_number(markup, "line", place.line);
    }
    markup_attribute(markup, "classname", class);
    junit_failure_begin(markup, document, finding,
                        explanation ? explanation : "a defect");
    markup_text(markup, text ? text : "?");
    markup_close(markup);
    markup_close(markup);
    free(text);
    free(path);
    free(name);
}

/** What each failure of the stack came to. */
static void put_outcomes(struct markup *markup, const json_t *entry) {
    const json_t *trial;
    size_t at;
    if (json_array_size(json_object_get(entry, "trials")) == 0) {
        return;
    }
    markup_open(markup, "system-out");
    json_array_foreach(json_object_get(entry, "trials"), at, trial) {
        const char *mode = document_text(trial, "mode");
        const char *outcome = document_text(trial, "outcome");
        markup_print(markup, "number %" JSON_INTEGER_FORMAT ", %s: %s\n",
                     document_number(trial, "number"), mode ? mode : "?",
                     outcome ? outcome : "?");
    }
    markup_close(markup);
}

static void put_case(struct markup *markup, const struct document *document,
                     const char *class, const char *stack_id, const json_t *entry) {
    enum junit_verdict verdict = judge(entry);
    markup_open(markup, "testcase");
    put_place(markup, document, stack_id, entry);
    markup_attribute(markup, "classname", class);
    if (verdict == JUNIT_FAILED) {
        put_open(markup, document, entry);
    } else if (verdict == JUNIT_SKIPPED) {
        markup_open(markup, "skipped");
        markup_attribute(markup, "message", is_open(entry));
        markup_close(markup);
    }
    put_outcomes(markup, entry);
    markup_close(markup);
}

/** The cases of all defects. */
static void put_defects(struct markup *markup, const struct document *document,
                        const char *class) {
    const json_t *finding;
    size_t at;
    json_array_foreach(document_findings(document), at, finding) {
        if (document_counts(finding)) {
            put_defect(markup, document, class, finding);
        }
    }
}

/** How long all of it took, in seconds. */
static double elapsed(const struct document *document) {
    const json_t *seconds = json_object_get(document->root, "seconds");
    double ns = (double)document_number(document->root, "elapsed_ns");
    return json_is_number(seconds) ? json_number_value(seconds) : ns / 1e9;
}

/** Count how the cases end. */
static void count(const struct cases *cases, struct junit_counts *counts) {
    const char *id;
    json_t *entry;
    if (json_array_size(tests_of(cases->document)) > 0) {
        junit_tests_count(cases->document, counts);
        return;
    }
    json_object_foreach(cases->list, id, entry) {
        counts->cases[judge(entry)] += !is_covered(entry);
    }
    counts->cases[JUNIT_FAILED] += document_defects(cases->document);
}

/** The counts that suites have. */
static void put_counts(struct markup *markup, const struct document *document,
                       const struct junit_counts *counts) {
    const size_t *cases = counts->cases;
    char time[32];
    snprintf(time, sizeof(time), "%.3f", elapsed(document));
    size_t tests = cases[JUNIT_PASSED] + cases[JUNIT_FAILED] + cases[JUNIT_SKIPPED];
    markup_number(markup, "tests", (long long)tests);
    markup_number(markup, "failures", (long long)cases[JUNIT_FAILED]);
    markup_number(markup, "errors", 0);
    markup_number(markup, "skipped", (long long)cases[JUNIT_SKIPPED]);
    markup_attribute(markup, "time", time);
}

static int put_suites(const struct cases *cases, FILE *stream) {
    const struct document *document = cases->document;
    struct markup markup;
    const char *program = document_text(document->root, "program");
    const char *slash = program ? strrchr(program, '/') : NULL;
    const char *name = slash ? slash + 1 : program ? program : "?";
    const char *id;
    json_t *entry;
    char *command = document_command(document);
    struct junit_counts counts = {0};
    count(cases, &counts);
    if (markup_begin(&markup, stream, true) != 0) {
        free(command);
        return -1;
    }
    markup_open(&markup, "testsuites");
    markup_attribute(&markup, "name", "mallocfail");
    put_counts(&markup, document, &counts);
    markup_open(&markup, "testsuite");
    markup_attribute(&markup, "name", command ? command : name);
    put_counts(&markup, document, &counts);
    junit_properties(&markup, document);
    if (json_array_size(tests_of(document)) > 0) {
        junit_tests_put(&markup, document);
    } else {
        put_defects(&markup, document, name);
        json_object_foreach(cases->list, id, entry) {
            if (!is_covered(entry)) {
                put_case(&markup, document, name, id, entry);
            }
        }
    }
    free(command);
    return markup_finish(&markup);
}

int format_junit(const struct document *document, FILE *stream) {
    struct cases cases = {document, json_object(), json_object(), 0};
    int result = -1;
    if (json_array_size(tests_of(document)) == 0) {
        gather(&cases);
    }
    if (cases.bad || !cases.list || !cases.causes) {
        errno = ENOMEM;
    } else {
        result = put_suites(&cases, stream);
    }
    json_decref(cases.causes);
    json_decref(cases.list);
    return result;
}
