// SPDX-License-Identifier: MIT
// Two charts, one above the other: how many allocations asked for how much, and how much
// lived when.
#include "runner/trace/histogram_view.h"
#include "runner/trace/svg.h"
#include "runner/util/figures.h"

#include <inttypes.h>
#include <stdlib.h>

#define WIDTH  900.0
#define HEIGHT 620.0

/** Where a chart is. */
struct area {
    double left, top, width, height;
};

static const struct area sizes_area = {80, 60, 790, 220};
static const struct area heap_area = {80, 370, 790, 190};

static const char style[] = "text{font:12px sans-serif;fill:#333}"
                            ".title{font-size:15px;font-weight:bold}"
                            ".ground{fill:#fff}.bar{fill:#3572a5}.heap{fill:#8fb8de}"
                            ".line{stroke:#999;stroke-width:1;fill:none}"
                            ".grid{stroke:#e2e2e2;stroke-width:1;fill:none}";

static void draw_line(struct markup *markup, const char *class, double x1, double y1,
                      double x2, double y2) {
    markup_open(markup, "path");
    markup_attribute(markup, "class", class);
    markup_attribute_print(markup, "d", "M%.1f %.1fL%.1f %.1f", x1, y1, x2, y2);
    markup_close(markup);
}

static void draw_title(struct markup *markup, const struct area *area, const char *text) {
    markup_open(markup, "text");
    markup_attribute(markup, "class", "title");
    markup_attribute_print(markup, "x", "%.1f", area->left);
    markup_attribute_print(markup, "y", "%.1f", area->top - 16);
    markup_text(markup, text);
    markup_close(markup);
}

/** Lines at quarters of a chart's height, with what they stand for. */
static void draw_scale(struct markup *markup, const struct area *area, uint64_t most,
                       struct figure (*figure)(uint64_t)) {
    for (unsigned i = 0; i <= 4; i++) {
        double y = area->top + area->height * (1 - i / 4.0);
        draw_line(markup, i ? "grid" : "line", area->left, y, area->left + area->width,
                  y);
        svg_label(markup, area->left - 6, y + 4, "end", figure(most / 4 * i).text);
    }
}

/** One bar, with its figures to be read when pointed at. */
static void draw_bar(struct markup *markup, const struct histogram_view *view,
                     uint64_t from, uint64_t to, uint64_t most, double x, double width) {
    const struct area *area = &sizes_area;
    uint64_t count = histogram_between(view->histogram, from, to);
    double height = most ? area->height * (double)count / (double)most : 0;
    markup_open(markup, "g");
    markup_open(markup, "title");
    markup_print(markup, "%" PRIu64 " to %" PRIu64 " bytes: %s allocations, %s", from,
                 to - 1, figure_count(count).text,
                 figure_share(count, view->histogram->allocations).text);
    markup_close(markup);
    svg_box(markup, "bar", x, area->top + area->height - height,
            width > 3 ? width - 1 : width, height);
    markup_close(markup);
}

/** A round number, four times a round number, that is not less. */
static uint64_t round_up(uint64_t number) {
    static const unsigned nice[] = {4, 8, 10, 12, 16, 20, 40};
    for (uint64_t scale = 1; scale < UINT64_MAX / 400; scale *= 10) {
        for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++) {
            bool quarters = nice[i] * scale % 4 == 0;
            if (quarters && nice[i] * scale >= number) {
                return nice[i] * scale;
            }
        }
    }
    return number;
}

static uint64_t highest_bar(const struct histogram_view *view, uint64_t step) {
    uint64_t most = 0;
    for (uint64_t size = 0; size < view->below; size += step) {
        uint64_t count = histogram_between(view->histogram, size, size + step);
        most = count > most ? count : most;
    }
    return round_up(most);
}

static void draw_sizes(const struct histogram_view *view, struct markup *markup) {
    const struct area *area = &sizes_area;
    const struct histogram *histogram = view->histogram;
    uint64_t step = histogram_step(view->below, 128);
    uint64_t most = highest_bar(view, step);
    uint64_t mark = histogram_step(view->below, 10);
    double each = area->width / (double)view->below;
    char title[256];
    snprintf(title, sizeof(title),
             "%s[%d]: %s of %s allocations are below %" PRIu64 " bytes",
             view->file->head.image, view->file->head.pid,
             figure_share(histogram_below(histogram, view->below), histogram->allocations)
                 .text,
             figure_count(histogram->allocations).text, view->below);
    draw_title(markup, area, title);
    draw_scale(markup, area, most, figure_count);
    for (uint64_t size = 0; size < view->below; size += step) {
        uint64_t end = size + step < view->below ? size + step : view->below;
        draw_bar(markup, view, size, end, most, area->left + each * (double)size,
                 each * (double)(end - size));
    }
    for (uint64_t size = 0; size < view->below; size += mark) {
        // The bar of one size is as wide as the size: its middle is named.
        double middle = (double)size + (step == 1 ? 0.5 : 0);
        svg_label(markup, area->left + each * middle, area->top + area->height + 16,
                  "middle", figure_count(size).text);
    }
    svg_label(markup, area->left + area->width / 2, area->top + area->height + 34,
              "middle", "bytes asked for");
}

/** The live heap's outline. */
static void draw_outline(const struct histogram *histogram, struct markup *markup,
                         uint64_t most) {
    const struct area *area = &heap_area;
    const struct timeline *timeline = &histogram->timeline;
    double bottom = area->top + area->height;
    double each = area->width / (double)(timeline->at + 1);
    char *path = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&path, &size);
    if (!stream) {
        markup->failed = true;
        return;
    }
    fprintf(stream, "M%.1f %.1f", area->left, bottom);
    for (size_t i = 0; i <= timeline->at; i++) {
        double share = most ? (double)timeline->most[i] / (double)most : 0;
        fprintf(stream, "V%.1fH%.1f", bottom - area->height * share,
                area->left + each * (double)(i + 1));
    }
    fprintf(stream, "V%.1fZ", bottom);
    markup->failed |= fclose(stream) != 0;
    markup_open(markup, "path");
    markup_attribute(markup, "class", "heap");
    markup_attribute(markup, "d", path);
    markup_close(markup);
    free(path);
}

static void draw_heap(const struct histogram_view *view, struct markup *markup) {
    const struct area *area = &heap_area;
    const struct histogram *histogram = view->histogram;
    uint64_t most = (histogram->peak_bytes + 3) / 4 * 4;
    uint64_t ns = tracefile_ns(view->file, histogram->last);
    char title[256];
    snprintf(title, sizeof(title), "live heap: peak %s in %s blocks after %s, end %s",
             figure_bytes(histogram->peak_bytes).text,
             figure_count(histogram->peak_blocks).text,
             figure_time(tracefile_ns(view->file, histogram->peak_time)).text,
             figure_bytes(histogram->live_bytes).text);
    draw_title(markup, area, title);
    draw_scale(markup, area, most, figure_bytes);
    draw_outline(histogram, markup, most);
    svg_label(markup, area->left, area->top + area->height + 16, "middle", "0 s");
    svg_label(markup, area->left + area->width, area->top + area->height + 16, "end",
              figure_time(ns).text);
}

void histogram_draw(const struct histogram_view *view, struct markup *markup) {
    markup_open(markup, "svg");
    markup_attribute(markup, "xmlns", "http://www.w3.org/2000/svg");
    markup_attribute_print(markup, "width", "%g", WIDTH);
    markup_attribute_print(markup, "height", "%g", HEIGHT);
    markup_attribute_print(markup, "viewBox", "0 0 %g %g", WIDTH, HEIGHT);
    markup_open(markup, "style");
    markup_text(markup, style);
    markup_close(markup);
    svg_box(markup, "ground", 0, 0, WIDTH, HEIGHT);
    draw_sizes(view, markup);
    draw_heap(view, markup);
    markup_close(markup);
}

int histogram_svg(const struct histogram_view *view, FILE *to) {
    struct markup markup;
    if (markup_begin(&markup, to, true) != 0) {
        return -1;
    }
    histogram_draw(view, &markup);
    return markup_finish(&markup);
}
