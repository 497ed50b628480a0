// SPDX-License-Identifier: MIT
#include "runner/figures.h"
#include "runner/histogram_view.h"

#include <inttypes.h>
#include <stdlib.h>

static const char style[] =
    "body{font:15px sans-serif;color:#222;background:#fff;max-width:60em;margin:2em auto;"
    "padding:0 1em}svg{max-width:100%;height:auto}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ddd;"
    "vertical-align:top}td.number{text-align:right;white-space:nowrap}"
    "td.stack{font:13px monospace;overflow-wrap:anywhere}";

static void write_element(struct drawing *drawing, const char *name, const char *text) {
    drawing_begin(drawing, name);
    drawing_text(drawing, "%s", text);
    drawing_end(drawing);
}

/** A row of two cells: what, and how much. */
static void write_row(struct drawing *drawing, const char *name, const char *figure) {
    drawing_begin(drawing, "tr");
    write_element(drawing, "th", name);
    drawing_begin(drawing, "td");
    drawing_attribute(drawing, "class", "number");
    drawing_text(drawing, "%s", figure);
    drawing_end(drawing);
    drawing_end(drawing);
}

static void write_sums(const struct histogram_view *view, struct drawing *drawing) {
    static const double shares[] = {0.5, 0.9, 0.99, 0.999};
    const struct histogram *histogram = view->histogram;
    drawing_begin(drawing, "table");
    write_row(drawing, "allocations", figure_count(histogram->allocations).text);
    for (unsigned i = 0; i < MF_TRACE_PVALLOC; i++) {
        if (histogram->functions[i] > 0) {
            write_row(drawing, mf_function_name(i),
                      figure_count(histogram->functions[i]).text);
        }
    }
    write_row(drawing, "frees", figure_count(histogram->frees).text);
    write_row(drawing, "failed", figure_count(histogram->failed).text);
    write_row(drawing, "made to fail", figure_count(histogram->injected).text);
    write_row(drawing, "bytes asked for", figure_count(histogram->bytes).text);
    for (size_t i = 0; histogram->allocations && i < sizeof(shares) / sizeof(shares[0]);
         i++) {
        char name[40];
        snprintf(name, sizeof(name), "%g %% are not above", shares[i] * 100);
        write_row(drawing, name,
                  figure_bytes(histogram_percentile(histogram, shares[i])).text);
    }
    write_row(drawing, "largest", figure_bytes(histogram->largest).text);
    drawing_end(drawing);
}

static void write_stack(const struct histogram_view *view, struct drawing *drawing,
                        uint32_t index) {
    const struct histogram *histogram = view->histogram;
    char *name = histogram_stack_name(view, index);
    drawing_begin(drawing, "tr");
    for (unsigned i = HISTOGRAM_BY_CALLS; i <= HISTOGRAM_BY_LIVE; i++) {
        drawing_begin(drawing, "td");
        drawing_attribute(drawing, "class", "number");
        drawing_text(
            drawing, "%s",
            histogram_stack_figure(histogram, index, (enum histogram_order)i).text);
        drawing_end(drawing);
    }
    drawing_begin(drawing, "td");
    drawing_attribute(drawing, "class", "stack");
    drawing_text(drawing, "%s", name ? name : "?");
    drawing_end(drawing);
    drawing_end(drawing);
    free(name);
}

static void write_stacks(const struct histogram_view *view, struct drawing *drawing,
                         enum histogram_order order) {
    uint32_t indices[HISTOGRAM_TOP_MAX];
    size_t count = histogram_top(view->histogram, order, indices, view->top);
    if (count == 0) {
        return;
    }
    char title[64];
    snprintf(title, sizeof(title), "Top stacks by %s", histogram_orders[order]);
    write_element(drawing, "h2", title);
    drawing_begin(drawing, "table");
    drawing_begin(drawing, "tr");
    for (unsigned i = HISTOGRAM_BY_CALLS; i <= HISTOGRAM_BY_LIVE; i++) {
        write_element(drawing, "th", histogram_orders[i]);
    }
    write_element(drawing, "th", "stack, innermost call first");
    drawing_end(drawing);
    for (size_t i = 0; i < count; i++) {
        write_stack(view, drawing, indices[i]);
    }
    drawing_end(drawing);
}

static void write_head(const struct histogram_view *view, struct drawing *drawing) {
    drawing_begin(drawing, "head");
    drawing_begin(drawing, "meta");
    drawing_attribute(drawing, "charset", "utf-8");
    drawing_end_empty(drawing);
    drawing_begin(drawing, "title");
    drawing_text(drawing, "Allocations of %s", view->file->head.image);
    drawing_end(drawing);
    write_element(drawing, "style", style);
    drawing_end(drawing);
}

static void write_body(const struct histogram_view *view, struct drawing *drawing) {
    const struct histogram *histogram = view->histogram;
    drawing_begin(drawing, "body");
    drawing_begin(drawing, "h1");
    drawing_text(drawing, "Allocations of %s[%d]", view->file->head.image,
                 view->file->head.pid);
    drawing_end(drawing);
    drawing_begin(drawing, "p");
    drawing_text(drawing, "%s events of %u thread%s in %s",
                 figure_count(histogram->events).text, (unsigned)view->file->head.threads,
                 view->file->head.threads == 1 ? "" : "s",
                 figure_time(tracefile_ns(view->file, histogram->last)).text);
    drawing_end(drawing);
    histogram_draw(view, drawing);
    write_sums(view, drawing);
    write_stacks(view, drawing, HISTOGRAM_BY_CALLS);
    write_stacks(view, drawing, HISTOGRAM_BY_BYTES);
    write_stacks(view, drawing, HISTOGRAM_BY_LIVE);
    drawing_end(drawing);
}

int histogram_html(const struct histogram_view *view, FILE *to) {
    struct drawing drawing;
    drawing_open(&drawing, to);
    drawing_page(&drawing);
    drawing_begin(&drawing, "html");
    drawing_attribute(&drawing, "lang", "en");
    write_head(view, &drawing);
    write_body(view, &drawing);
    drawing_end(&drawing);
    return drawing_close(&drawing);
}
