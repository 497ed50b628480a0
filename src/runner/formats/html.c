// SPDX-License-Identifier: MIT
#include "runner/formats/html.h"

#include "runner/diagnose/outcome.h"

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

char *html_counts(struct markup *markup, const json_t *outcomes) {
    char *text = NULL;
    size_t size;
    const char *outcome, *before = "";
    json_t *count;
    FILE *stream = open_memstream(&text, &size);
    json_object_foreach((json_t *)outcomes, outcome, count) {
        if (stream && json_integer_value(count) > 0) {
            fprintf(stream, "%s%" JSON_INTEGER_FORMAT " %s", before,
                    json_integer_value(count), outcome);
            before = ", ";
        }
    }
    if (stream) {
        fclose(stream);
    }
    markup->failed |= !text;
    return text;
}

void html_bar(struct markup *markup, const json_t *outcomes) {
    const char *outcome;
    json_t *count;
    char *words = html_counts(markup, outcomes);
    markup_open(markup, "span");
    markup_attribute(markup, "class", "bar");
    markup_attribute(markup, "role", "img");
    markup_attribute(markup, "aria-label", words);
    markup_attribute(markup, "title", words);
    json_object_foreach((json_t *)outcomes, outcome, count) {
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
