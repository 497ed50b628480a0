// SPDX-License-Identifier: MIT
#include "runner/trace/histogram_view.h"
#include "runner/util/figures.h"

#include <inttypes.h>
#include <stdlib.h>

static const char style[] =
    "body{font:15px sans-serif;color:#222;background:#fff;max-width:60em;margin:2em auto;"
    "padding:0 1em}svg{max-width:100%;height:auto}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd;"
    "vertical-align:top}td.number{text-align:right;white-space:nowrap}"
    "td.stack{font:13px monospace;overflow-wrap:anywhere}";

/** A row of two cells: what, and how much. */
static void write_row(struct markup *markup, const char *name, const char *figure) {
    markup_open(markup, "tr");
    markup_element(markup, "th", NULL, name);
    markup_open(markup, "td");
    markup_attribute(markup, "class", "number");
    markup_text(markup, figure);
    markup_close(markup);
    markup_close(markup);
}

static void write_sums(const struct histogram_view *view, struct markup *markup) {
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    const struct histogram *histogram = view->histogram;
    markup_open(markup, "table");
    write_row(markup, "allocations", figure_count(histogram->allocations).text);
    for (unsigned i = 0; i < MF_TRACE_PVALLOC; i++) {
        if (histogram->functions[i] > 0) {
            write_row(markup, mf_function_name(i),
                      figure_count(histogram->functions[i]).text);
        }
    }
    write_row(markup, "frees", figure_count(histogram->frees).text);
    write_row(markup, "failed", figure_count(histogram->failed).text);
    write_row(markup, "made to fail", figure_count(histogram->injected).text);
    write_row(markup, "bytes asked for", figure_count(histogram->bytes).text);
    for (size_t i = 0; histogram->allocations && i < sizeof(shares) / sizeof(shares[0]);
         i++) {
        char name[40];
        snprintf(name, sizeof(name), "%g %% are not above", shares[i] * 100);
        write_row(markup, name,
                  figure_bytes(histogram_percentile(histogram, shares[i])).text);
    }
    write_row(markup, "largest", figure_bytes(histogram->largest).text);
    markup_close(markup);
}

static void write_stack(const struct histogram_view *view, struct markup *markup,
                        uint32_t index) {
    const struct histogram *histogram = view->histogram;
    char *name = histogram_stack_name(view, index);
    markup_open(markup, "tr");
    for (unsigned i = HISTOGRAM_BY_CALLS; i <= HISTOGRAM_BY_LIVE; i++) {
        markup_open(markup, "td");
        markup_attribute(markup, "class", "number");
        markup_text(
            markup,
            histogram_stack_figure(histogram, index, (enum histogram_order)i).text);
        markup_close(markup);
    }
    markup_open(markup, "td");
    markup_attribute(markup, "class", "stack");
    markup_text(markup, name ? name : "?");
    markup_close(markup);
    markup_close(markup);
    free(name);
}

static void write_stacks(const struct histogram_view *view, struct markup *markup,
                         enum histogram_order order) {
    uint32_t indices[HISTOGRAM_TOP_MAX];
    size_t count = histogram_top(view->histogram, order, indices, view->top);
    if (count == 0) {
        return;
    }
    char title[64];
    snprintf(title, sizeof(title), "Top stacks by %s", histogram_orders[order]);
    markup_element(markup, "h2", NULL, title);
    markup_open(markup, "table");
    markup_open(markup, "tr");
    for (unsigned i = HISTOGRAM_BY_CALLS; i <= HISTOGRAM_BY_LIVE; i++) {
        markup_element(markup, "th", NULL, histogram_orders[i]);
    }
    markup_element(markup, "th", NULL, "stack, innermost call first");
    markup_close(markup);
    for (size_t i = 0; i < count; i++) {
        write_stack(view, markup, indices[i]);
    }
    markup_close(markup);
}

static void write_head(const struct histogram_view *view, struct markup *markup) {
    markup_open(markup, "head");
    markup_open(markup, "meta");
    markup_attribute(markup, "charset", "utf-8");
    markup_close_void(markup);
    markup_open(markup, "title");
    markup_print(markup, "Allocations of %s", view->file->head.image);
    markup_close(markup);
    markup_element(markup, "style", NULL, style);
    markup_close(markup);
}

static void write_body(const struct histogram_view *view, struct markup *markup) {
    const struct histogram *histogram = view->histogram;
    markup_open(markup, "body");
    markup_open(markup, "h1");
    markup_print(markup, "Allocations of %s[%d]", view->file->head.image,
                 view->file->head.pid);
    markup_close(markup);
    markup_open(markup, "p");
    markup_print(markup, "%s events of %u thread%s in %s",
                 figure_count(histogram->events).text, (unsigned)view->file->head.threads,
                 plural(view->file->head.threads),
                 figure_time(tracefile_ns(view->file, histogram->last)).text);
    markup_close(markup);
    histogram_draw(view, markup);
    write_sums(view, markup);
    write_stacks(view, markup, HISTOGRAM_BY_CALLS);
    write_stacks(view, markup, HISTOGRAM_BY_BYTES);
    write_stacks(view, markup, HISTOGRAM_BY_LIVE);
    markup_close(markup);
}

int histogram_html(const struct histogram_view *view, FILE *to) {
    struct markup markup;
    if (markup_begin(&markup, to, false) != 0) {
        return -1;
    }
    markup_open(&markup, "html");
    markup_attribute(&markup, "lang", "en");
    write_head(view, &markup);
    write_body(view, &markup);
    markup_close(&markup);
    return markup_finish(&markup);
}
