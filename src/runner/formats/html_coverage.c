// SPDX-License-Identifier: MIT
#include "runner/formats/html.h"

#include "runner/diagnose/outcome.h"
#include "runner/formats/place.h"
#include "runner/formats/tests.h"
#include "runner/util/figures.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Lines shown in front of a call site and behind it. */
#define AROUND 3

/** The call sites of a source file, or of a module without sources. */
struct group {
    const struct document *document;
    /** Its path, and what is shown for it; the path is NULL for modules. */
    char *path;
    const char *name;
    /** By their lines. */
    const json_t **sites;
    size_t count;
};

/** Add a number to a member. */
static int add(json_t *counts, const char *key, json_int_t value) {
    json_int_t sum = json_sum(document_number(counts, key), value);
    return json_put(counts, key, json_integer(sum));
}

/** Add up the outcomes of sites. */
static json_t *sum_outcomes(const struct group *group) {
    json_t *sum = json_object();
    int bad = 0;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        bad |= add(sum, outcome_name(i), 0);
    }
    for (size_t i = 0; i < group->count; i++) {
        const char *outcome;
        json_t *count;
        json_object_foreach(json_object_get(group->sites[i], "outcomes"), outcome,
                            count) {
            bad |= add(sum, outcome, json_integer_value(count));
        }
    }
    return json_finished(sum, bad);
}

static json_int_t sum_of(const struct group *group, const char *key) {
    json_int_t sum = 0;
    for (size_t i = 0; i < group->count; i++) {
        sum = json_sum(sum, document_number(group->sites[i], key));
    }
    return sum;
}

/** The worst outcome of a site, as a class; NULL = it has none. */
static const char *worst(const json_t *site) {
    static const enum outcome order[] = {
        OUTCOME_CRASHED,  OUTCOME_HUNG,     OUTCOME_SICK,    OUTCOME_SILENT,
        OUTCOME_LEAKED,   OUTCOME_FLAKY,    OUTCOME_ABORTED, OUTCOME_HANDLED,
        OUTCOME_SURVIVED, OUTCOME_TOLERATED};
    const json_t *outcomes = json_object_get(site, "outcomes");
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        if (document_number(outcomes, outcome_name(order[i])) > 0) {
            return outcome_name(order[i]);
        }
    }
    return NULL;
}

/** Whether a failure of a site ends badly. */
static bool is_bad(const json_t *site) {
    const char *end = worst(site);
    return end && (strcmp(end, outcome_name(OUTCOME_CRASHED)) == 0 ||
                   strcmp(end, outcome_name(OUTCOME_HUNG)) == 0 ||
                   strcmp(end, outcome_name(OUTCOME_SILENT)) == 0);
}

static void put_head(struct markup *markup, const struct document *document) {
    bool calls = strcmp(document_counted(document), "call") == 0;
    const char *const heads[] = {"Function", "Place", calls ? "Calls" : "Allocations",
                                 "Stacks failed", "Outcomes"};
    html_heads(markup, heads, sizeof(heads) / sizeof(heads[0]));
}

static void put_site(struct markup *markup, const struct group *group,
                     const json_t *site) {
    struct place place = place_read(group->document, site);
    const json_t *outcomes = json_object_get(site, "outcomes");
    char *label = place_label(group->document, &place);
    char *words = html_counts(markup, outcomes);
    markup_open(markup, "tr");
    markup_open(markup, "td");
    markup_element(markup, "code", NULL, place_function(&place));
    markup_close(markup);
    markup_open(markup, "td");
    markup_element(markup, "code", NULL, label);
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    markup_print(markup, "%" JSON_INTEGER_FORMAT, document_number(site, "allocations"));
    markup_close(markup);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    markup_print(markup, "%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT,
                 document_number(site, "stacks_failed"), document_number(site, "stacks"));
    markup_close(markup);
    markup_open(markup, "td");
    if (worst(site)) {
        markup_text(markup, words);
        html_bar(markup, outcomes);
    } else {
        markup_text(markup, "not tried");
    }
    markup_close(markup);
    markup_close(markup);
    free(words);
    free(label);
}

/** The first of the sites that is on a line or behind it. */
static size_t first_at(const struct group *group, json_int_t line) {
    size_t low = 0;
    size_t high = group->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (document_number(group->sites[middle], "line") < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Whether the site with an index is there, and on a line up to this one. */
static bool is_up_to(const struct group *group, size_t at, json_int_t line) {
    return at < group->count && document_number(group->sites[at], "line") <= line;
}

/** The sites on a line: what is said of them, NULL = none is there; to be freed. */
static char *note_of(struct markup *markup, const struct group *group, int line,
                     const char **class) {
    char *note = NULL;
    size_t size, first = first_at(group, line);
    FILE *stream = is_up_to(group, first, line) ? open_memstream(&note, &size) : NULL;
    *class = NULL;
    for (size_t i = first; stream && is_up_to(group, i, line); i++) {
        const json_t *site = group->sites[i];
        char *words = html_counts(markup, json_object_get(site, "outcomes"));
        fprintf(stream, "%s%s", i > first ? "; " : "",
                words && *words ? words : "not tried");
        free(words);
        *class =
            is_bad(site) || (*class && strcmp(*class, "point") == 0) ? "point" : "site";
    }
    if (stream && fclose(stream) != 0) {
        free(note);
        note = NULL;
    }
    markup->failed |= is_up_to(group, first, line) && !note;
    return note;
}

/** Whether a line is near a site. */
static bool is_near(const struct group *group, json_int_t line) {
    return is_up_to(group, first_at(group, line - AROUND), line + AROUND);
}

/** The source around all sites. */
static void put_source(struct markup *markup, const struct group *group) {
    struct source source;
    int last = 0;
    if (source_read(&source, group->document, group->path) != 0) {
        return;
    }
    html_lines_begin(markup);
    for (int i = 1; i <= source.count; i++) {
        const char *class;
        if (!is_near(group, i)) {
            continue;
        }
        if (last > 0 && last < i - 1) {
            markup_element(markup, "li", "gap", "⋮");
        }
        char *note = note_of(markup, group, i, &class);
        html_line(markup, &source, i, class, note);
        free(note);
        last = i;
    }
    html_lines_end(markup);
    source_destroy(&source);
}

static void put_group(struct markup *markup, const struct group *group) {
    json_t *outcomes = sum_outcomes(group);
    markup->failed |= !outcomes;
    bool bad = false;
    for (size_t i = 0; i < group->count; i++) {
        bad |= is_bad(group->sites[i]);
    }
    markup_open(markup, "details");
    markup_attribute(markup, "class", "file");
    // What needs no look is folded.
    markup_attribute(markup, "open", bad ? "open" : NULL);
    markup_open(markup, "summary");
    markup_element(markup, "code", NULL, group->name);
    markup_print(markup,
                 ": %zu call site%s, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
                 " stacks failed",
                 group->count, plural(group->count), sum_of(group, "stacks_failed"),
                 sum_of(group, "stacks"));
    html_bar(markup, outcomes);
    markup_close(markup);
    html_scroll_begin(markup, "Call sites");
    markup_open(markup, "table");
    put_head(markup, group->document);
    markup_open(markup, "tbody");
    for (size_t i = 0; i < group->count; i++) {
        put_site(markup, group, group->sites[i]);
    }
    markup_close(markup);
    markup_close(markup);
    markup_close(markup);
    put_source(markup, group);
    markup_close(markup);
    json_decref(outcomes);
}

static int by_line(const void *a, const void *b) {
    json_int_t one = document_number(*(const json_t *const *)a, "line");
    json_int_t other = document_number(*(const json_t *const *)b, "line");
    return (one > other) - (one < other);
}

/** Put the sites of one file in order, and show them. */
static void put_sites(struct markup *markup, const struct document *document,
                      const char *name, const json_t *sites) {
    size_t count = json_array_size(sites);
    struct group group = {.document = document, .count = count};
    struct place place = place_read(document, json_array_get(sites, 0));
    group.sites = calloc(count ? count : 1, sizeof(group.sites[0]));
    if (!group.sites) {
        markup->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        group.sites[i] = json_array_get(sites, i);
    }
    qsort(group.sites, count, sizeof(group.sites[0]), by_line);
    group.path = place_path(document, &place);
    const char *relative = group.path ? place_relative(document, group.path) : NULL;
    group.name = relative ? relative : name;
    put_group(markup, &group);
    free(group.path);
    free(group.sites);
}

/** Sites by their file, or by their module where that is not known; NULL when memory ran
 * out. */
static json_t *gather(const struct document *document, const json_t *sites) {
    json_t *groups = json_object();
    json_t *site;
    size_t at;
    int bad = 0;
    json_array_foreach(sites, at, site) {
        struct place place = place_read(document, site);
        char *name = html_file_of(document, &place);
        json_t *list = name ? json_object_get(groups, name) : NULL;
        if (name && !list) {
            bad |= json_put(groups, name, json_array());
            list = json_object_get(groups, name);
        }
        bad |= !list || json_array_append(list, site) != 0;
        free(name);
    }
    return json_finished(groups, bad);
}

/** How much has failed in all. */
static void put_summary(struct markup *markup, const json_t *summary) {
    markup_open(markup, "p");
    markup_print(markup,
                 "Of %" JSON_INTEGER_FORMAT " stacks that allocate, %" JSON_INTEGER_FORMAT
                 " were made to fail, at %" JSON_INTEGER_FORMAT
                 " of %" JSON_INTEGER_FORMAT " call sites.",
                 document_number(summary, "stacks"),
                 document_number(summary, "stacks_failed"),
                 document_number(summary, "call_sites_failed"),
                 document_number(summary, "call_sites"));
    markup_close(markup);
}

void html_coverage(struct markup *markup, const struct document *document) {
    const json_t *coverage = json_object_get(document->root, "coverage");
    json_t *groups = gather(document, json_object_get(coverage, "call_sites"));
    const char *name;
    json_t *sites;
    markup->failed |= !groups;
    if (json_array_size(tests_of(document)) > 0) {
        html_files(markup, document, groups);
    }
    if (json_object_size(groups) > 0) {
        markup_open(markup, "section");
        markup_attribute(markup, "aria-labelledby", "coverage");
        markup_open(markup, "h2");
        markup_attribute(markup, "id", "coverage");
        markup_text(markup, "Coverage");
        markup_close(markup);
        put_summary(markup, json_object_get(coverage, "summary"));
        json_object_foreach(groups, name, sites) {
            put_sites(markup, document, name, sites);
        }
        markup_close(markup);
    }
    json_decref(groups);
}
