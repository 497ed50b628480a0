// SPDX-License-Identifier: MIT
#include "runner/formats/html.h"

#include "runner/diagnose/outcome.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *html_outcome_class(const char *outcome) {
    for (unsigned i = 0; outcome && i < OUTCOME_COUNT; i++) {
        if (strcmp(outcome, outcome_name(i)) == 0) {
            return outcome_name(i);
        }
    }
    return "other";
}

/** The same counts in the order of the legend, with those of unknown names last; NULL when
 * memory ran out. */
static json_t *ordered(const json_t *outcomes) {
    json_t *counts = json_object();
    int bad = 0;
    for (unsigned i = 0; i < OUTCOME_COUNT; i++) {
        json_t *count = json_object_get(outcomes, outcome_name(i));
        bad |= count ? json_object_set(counts, outcome_name(i), count) : 0;
    }
    bad |= json_object_update_missing(counts, (json_t *)outcomes);
    return json_finished(counts, outcomes ? bad : 0);
}

char *html_counts(struct markup *markup, const json_t *outcomes) {
    json_t *counts = ordered(outcomes);
    char *text = NULL;
    size_t size;
    const char *outcome, *before = "";
    json_t *count;
    FILE *stream = counts ? open_memstream(&text, &size) : NULL;
    json_object_foreach(counts, outcome, count) {
        if (stream && json_integer_value(count) > 0) {
            fprintf(stream, "%s%" JSON_INTEGER_FORMAT " %s", before,
                    json_integer_value(count), outcome);
            before = ", ";
        }
    }
    if (stream) {
        fclose(stream);
    }
    json_decref(counts);
    markup->failed |= !text;
    return text;
}

void html_bar(struct markup *markup, const json_t *outcomes) {
    const char *outcome;
    json_t *count;
    json_t *counts = ordered(outcomes);
    char *words = html_counts(markup, outcomes);
    markup->failed |= !counts;
    markup_open(markup, "span");
    markup_attribute(markup, "class", "bar");
    markup_attribute(markup, "role", "img");
    markup_attribute(markup, "aria-label", words);
    markup_attribute(markup, "title", words);
    json_object_foreach(counts, outcome, count) {
        if (json_integer_value(count) > 0) {
            char style[64];
            snprintf(style, sizeof(style), "flex-grow:%" JSON_INTEGER_FORMAT,
                     json_integer_value(count));
            markup_open(markup, "span");
            markup_attribute(markup, "class", html_outcome_class(outcome));
            markup_attribute(markup, "style", style);
            markup_close(markup);
        }
    }
    markup_close(markup);
    json_decref(counts);
    free(words);
}

void html_scroll_begin(struct markup *markup, const char *name) {
    markup_open(markup, "div");
    markup_attribute(markup, "class", "scroll");
    markup_attribute(markup, "role", "region");
    markup_attribute(markup, "tabindex", "0");
    markup_attribute(markup, "aria-label", name);
}

void html_lines_begin(struct markup *markup) {
    markup_open(markup, "ul");
    markup_attribute(markup, "class", "source");
    // It scrolls, so the keyboard has to reach it.
    markup_attribute(markup, "tabindex", "0");
    markup_attribute(markup, "aria-label", "Source");
}

void html_lines_end(struct markup *markup) {
    markup_close(markup);
}

void html_line(struct markup *markup, const struct source *source, int number,
               const char *class, const char *note) {
    markup_open(markup, "li");
    markup_attribute(markup, "class", class);
    markup_open(markup, "span");
    markup_attribute(markup, "class", "n");
    markup_print(markup, "%d", number);
    markup_close(markup);
    markup_element(markup, "span", NULL, source->lines[number - 1]);
    if (note) {
        markup_element(markup, "span", "note", note);
    }
    markup_close(markup);
}

char *html_file_of(const struct document *document, const struct place *place) {
    char *path = place_path(document, place);
    const char *name = place->file ? place->file : place->module ? place->module : "?";
    return path ? path : document_kept(document, strdup(name));
}

void html_heads(struct markup *markup, const char *const *heads, size_t count) {
    markup_open(markup, "thead");
    markup_open(markup, "tr");
    for (size_t i = 0; i < count; i++) {
        markup_open(markup, "th");
        markup_attribute(markup, "scope", "col");
        markup_text(markup, heads[i]);
        markup_close(markup);
    }
    markup_close(markup);
    markup_close(markup);
}
