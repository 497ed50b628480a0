// SPDX-License-Identifier: MIT
// A suite, or what was joined: a table by test and one by file; the findings themselves are
// by cause.
#include "runner/formats/html.h"

#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin_section(struct markup *markup, const char *id, const char *title) {
    markup_open(markup, "section");
    markup_attribute(markup, "aria-labelledby", id);
    markup_open(markup, "h2");
    markup_attribute(markup, "id", id);
    markup_text(markup, title);
    markup_close(markup);
}

static void begin_table(struct markup *markup, const char *name, const char *const *heads,
                        size_t count) {
    html_scroll_begin(markup, name);
    markup_open(markup, "table");
    html_heads(markup, heads, count);
    markup_open(markup, "tbody");
}

static void end_table(struct markup *markup) {
    markup_close(markup);
    markup_close(markup);
    markup_close(markup);
}

/** A cell with links to findings, by their numbers. */
static void put_links(struct markup *markup, const json_t *numbers) {
    const json_t *number;
    size_t at;
    markup_open(markup, "td");
    json_array_foreach(numbers, at, number) {
        markup_text(markup, at > 0 ? ", " : "");
        markup_open(markup, "a");
        markup_attribute_print(markup, "href", "#finding-%" JSON_INTEGER_FORMAT,
                               json_integer_value(number));
        markup_print(markup, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
        markup_close(markup);
    }
    markup_close(markup);
}

/** The numbers of the findings that count and that a test comes to. */
static json_t *numbers_of(const struct document *document, const json_t *test) {
    json_t *numbers = json_array();
    const json_t *finding;
    size_t at;
    int bad = 0;
    json_array_foreach(document_findings(document), at, finding) {
        if (document_counts(finding) && tests_reach(document, test, finding)) {
            bad |= json_array_append_new(numbers, json_integer((json_int_t)at + 1));
        }
    }
    return json_finished(numbers, bad);
}

static void put_test(struct markup *markup, const struct document *document,
                     const json_t *test, size_t number) {
    const json_t *outcomes = json_object_get(test, "outcomes");
    const json_t *cut_short = tests_cut_short(document, test);
    const char *directory = document_text(test, "directory");
    char *name = tests_name(document, test);
    char *command = document_text(test, "test") ? document_words(document, test) : NULL;
    char *words = html_counts(markup, outcomes);
    json_t *numbers = numbers_of(document, test);
    markup->failed |= !numbers;
    markup_open(markup, "tr");
    markup_open(markup, "td");
    markup_attribute_print(markup, "id", "test-%zu", number);
    markup_element(markup, "code", NULL, name);
    if (command || directory) {
        markup_open(markup, "div");
        markup_attribute(markup, "class", "soft");
        markup_text(markup, command ? command : "");
        markup_print(markup, directory ? "%sin %s" : "", command ? " " : "", directory);
        markup_close(markup);
    }
    markup_close(markup);
    markup_open(markup, "td");
    if (document_number(test, "tried") > 0) {
        markup_text(markup, words);
        html_bar(markup, outcomes);
    } else {
        markup_text(markup, "none tried");
    }
    if (cut_short) {
        markup_print(
            markup, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " failures tried",
            document_number(cut_short, "tried"), document_number(cut_short, "planned"));
    }
    markup_close(markup);
    put_links(markup, numbers);
    markup_close(markup);
    json_decref(numbers);
    free(words);
    free(command);
    free(name);
}

/** The tests with defects, or those without. */
static void put_tests(struct markup *markup, const struct document *document,
                      bool defects) {
    static const char *const heads[] = {"Test", "Failures", "Defects"};
    const json_t *test;
    size_t at;
    begin_table(markup, defects ? "Tests with defects" : "Tests without one", heads, 3);
    json_array_foreach(tests_of(document), at, test) {
        if ((tests_defects(document, test) > 0) == defects) {
            put_test(markup, document, test, at + 1);
        }
    }
    end_table(markup);
}

void html_tests(struct markup *markup, const struct document *document) {
    size_t count = json_array_size(tests_of(document));
    size_t failed = tests_failed(document);
    if (count == 0) {
        return;
    }
    begin_section(markup, "tests", "By test");
    markup_open(markup, "p");
    markup_print(markup, "%zu of %zu test%s reach%s a defect.", failed, count,
                 plural(count), failed == 1 ? "es" : "");
    markup_close(markup);
    if (failed > 0) {
        put_tests(markup, document, true);
    }
    if (failed < count) {
        markup_open(markup, "details");
        markup_open(markup, "summary");
        markup_print(markup, "%zu test%s without a defect", count - failed,
                     plural(count - failed));
        markup_close(markup);
        put_tests(markup, document, false);
        markup_close(markup);
    }
    markup_close(markup);
}

/** The file's entry, made where it is new: its "sites" and the numbers of its "findings". */
static json_t *entry_of(json_t *files, const char *name) {
    json_t *entry = json_object_get(files, name);
    if (!entry) {
        json_object_set_new(files, name, json_pack("{s:[]}", "findings"));
        entry = json_object_get(files, name);
    }
    return entry;
}

/** All files with call sites, or where something broke; NULL when memory ran out. */
static json_t *gather(const struct document *document, json_t *groups) {
    json_t *files = json_object();
    const json_t *finding;
    const char *name;
    json_t *sites;
    size_t at;
    int bad = 0;
    json_array_foreach(document_findings(document), at, finding) {
        const json_t *frame = place_of_crash(document, finding);
        struct place place =
            place_read(document, frame ? frame : place_of_failure(document, finding));
        char *file = html_file_of(document, &place);
        if (document_counts(finding) && file) {
            json_t *list = json_object_get(entry_of(files, file), "findings");
            bad |= json_array_append_new(list, json_integer((json_int_t)at + 1));
        }
        free(file);
    }
    json_object_foreach(groups, name, sites) {
        bad |= json_object_set(entry_of(files, name), "sites", sites);
    }
    return json_finished(files, bad);
}

static void put_file(struct markup *markup, const struct document *document,
                     const char *name, const json_t *entry) {
    const json_t *sites = json_object_get(entry, "sites");
    const char *relative = place_relative(document, name);
    json_int_t stacks = 0, stacks_failed = 0;
    const json_t *site;
    size_t at, failed = 0;
    json_array_foreach(sites, at, site) {
        json_int_t own = document_number(site, "stacks_failed");
        failed += own > 0;
        stacks = json_sum(stacks, document_number(site, "stacks"));
        stacks_failed = json_sum(stacks_failed, own);
    }
    markup_open(markup, "tr");
    markup_open(markup, "td");
    markup_element(markup, "code", NULL, relative ? relative : name);
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    markup_print(markup, "%zu of %zu", failed, json_array_size(sites));
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    markup_print(markup, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT,
                 stacks_failed, stacks);
    markup_close(markup);
    put_links(markup, json_object_get(entry, "findings"));
    markup_close(markup);
}

void html_files(struct markup *markup, const struct document *document, json_t *groups) {
    static const char *const heads[] = {"File", "Call sites failed", "Stacks failed",
                                        "Defects"};
    json_t *files = gather(document, groups);
    const char *name;
    json_t *entry;
    markup->failed |= !files;
    if (json_object_size(files) > 0) {
        begin_section(markup, "files", "By file");
        begin_table(markup, "All files", heads, 4);
        json_object_foreach(files, name, entry) {
            put_file(markup, document, name, entry);
        }
        end_table(markup);
        markup_close(markup);
    }
    json_decref(files);
}
