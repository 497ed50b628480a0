// SPDX-License-Identifier: MIT
#include "runner/trace/histogram_view.h"
#include "runner/util/figures.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/** The most bars of sizes. */
#define BARS 25
/** How many lines high the live heap is drawn. */
#define LINES             8
#define SECTION_WIDTH_MIN 40

/** Print a bar, in eighths of a column. */
static void print_bar(double share, unsigned columns, FILE *to) {
    static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    unsigned eighths = (unsigned)(share * columns * 8 + 0.5);
    eighths += eighths == 0 && share > 0;
    for (unsigned i = 0; i < eighths / 8; i++) {
        fputs("█", to);
    }
    fputs(parts[eighths % 8], to);
}

/** How many columns a bar takes. */
static unsigned bar_columns(double share, unsigned columns) {
    unsigned eighths = (unsigned)(share * columns * 8 + 0.5);
    eighths += eighths == 0 && share > 0;
    return (eighths + 7) / 8;
}

static void print_heading(const struct histogram_view *view, FILE *to) {
    const struct histogram *histogram = view->histogram;
    const struct mf_trace_head *head = &view->file->head;
    uint64_t ns = tracefile_ns(view->file, histogram->last);
    printable_put(view->path, to);
    fprintf(to, ": %s[%d], %s events of %u thread%s in %s\n", head->image, head->pid,
            figure_count(histogram->events).text, (unsigned)head->threads,
            plural(head->threads), figure_time(ns).text);
}

/** "name number", where there is any. */
static void print_sum(const char *name, uint64_t number, FILE *to) {
    if (number > 0) {
        fprintf(to, "  %-28s %16s\n", name, figure_count(number).text);
    }
}

static void print_sums(const struct histogram *histogram, FILE *to) {
    fprintf(to, "\n  %-28s %16s\n", "allocations",
            figure_count(histogram->allocations).text);
    for (unsigned i = 0; i < MF_TRACE_PVALLOC; i++) {
        char name[40];
        snprintf(name, sizeof(name), "  %s", mf_function_name(i));
        print_sum(name, histogram->functions[i], to);
    }
    print_sum("frees", histogram->frees, to);
    print_sum("  of them by realloc", histogram->resizes, to);
    print_sum("  of blocks from before", histogram->unknown, to);
    print_sum("failed", histogram->failed, to);
    print_sum("made to fail", histogram->injected, to);
    print_sum("bytes asked for", histogram->bytes, to);
}

/** One bar: "  96-99  ███ 1,234  3.4 %". */
static void print_size(const struct histogram_view *view, const char *name,
                       uint64_t count, uint64_t most, FILE *to) {
    const unsigned around = 42;
    unsigned columns = view->width > around + 10 ? view->width - around : 10;
    double share = most ? (double)count / (double)most : 0;
    fprintf(to, "  %13s  ", name);
    print_bar(share, columns, to);
    fprintf(to, "%*s %14s %8s\n", (int)(columns - bar_columns(share, columns)), "",
            figure_count(count).text,
            figure_share(count, view->histogram->allocations).text);
}

static void print_sizes(const struct histogram_view *view, FILE *to) {
    const struct histogram *histogram = view->histogram;
    uint64_t step = histogram_step(view->below, BARS), most = 0;
    uint64_t below = histogram_below(histogram, view->below);
    for (uint64_t size = 0; size < view->below; size += step) {
        uint64_t end = size + step < view->below ? size + step : view->below;
        uint64_t count = histogram_between(histogram, size, end);
        most = count > most ? count : most;
    }
    fprintf(to, "\n  %s of the allocations are below %" PRIu64 " bytes\n\n",
            figure_share(below, histogram->allocations).text, view->below);
    for (uint64_t size = 0; size < view->below; size += step) {
        uint64_t end = size + step < view->below ? size + step : view->below;
        char name[48];
        snprintf(name, sizeof(name), "%" PRIu64 "-%" PRIu64, size, end - 1);
        if (end == size + 1) {
            snprintf(name, sizeof(name), "%" PRIu64, size);
        }
        print_size(view, name, histogram_between(histogram, size, end), most, to);
    }
    char name[48];
    snprintf(name, sizeof(name), "%" PRIu64 " and up", view->below);
    print_size(view, name, histogram->allocations - below, 0, to);
}

static void print_percentiles(const struct histogram *histogram, FILE *to) {
    static const double shares[] = {0.5, 0.75, 0.9, 0.99, 0.999};
    if (histogram->allocations == 0) {
        return;
    }
    fputs("\n  percentile", to);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        fprintf(to, " %9g %%", shares[i] * 100);
    }
    fputs("     largest\n  size      ", to);
    for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
        fprintf(to, " %11s",
                figure_count(histogram_percentile(histogram, shares[i])).text);
    }
    fprintf(to, " %11s\n", figure_count(histogram->largest).text);
}

/** The most that lived in a column's share of the time. */
static uint64_t most_in(const struct timeline *timeline, unsigned column,
                        unsigned columns) {
    size_t used = timeline->at + 1;
    size_t from = column * used / columns, to = (column + 1) * used / columns;
    uint64_t most = 0;
    for (size_t i = from; i == from || i < to; i++) {
        most = timeline->most[i] > most ? timeline->most[i] : most;
    }
    return most;
}

/** One line of the live heap's picture; line 0 is the lowest. */
static void print_line(const struct histogram_view *view, unsigned line, unsigned columns,
                       FILE *to) {
    static const char *const parts[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    const struct histogram *histogram = view->histogram;
    for (unsigned i = 0; i < columns; i++) {
        double live = (double)most_in(&histogram->timeline, i, columns);
        double eighths = live / (double)histogram->peak_bytes * LINES * 8 - line * 8;
        bool lowest = line == 0 && live > 0 && eighths < 1;
        fputs(parts[eighths >= 8 ? 8 : lowest ? 1 : eighths > 0 ? (int)eighths : 0], to);
    }
}

static void print_heap(const struct histogram_view *view, FILE *to) {
    const struct histogram *histogram = view->histogram;
    unsigned columns = view->width > 20 ? view->width - 16 : 4;
    uint64_t ns = tracefile_ns(view->file, histogram->last);
    uint64_t peak_ns = tracefile_ns(view->file, histogram->peak_time);
    fprintf(to, "\n  live heap: at its peak %s in %s blocks, after %s;\n",
            figure_bytes(histogram->peak_bytes).text,
            figure_count(histogram->peak_blocks).text, figure_time(peak_ns).text);
    fprintf(to, "  at the end %s in %s blocks\n\n",
            figure_bytes(histogram->live_bytes).text,
            figure_count(histogram->live_blocks).text);
    for (unsigned line = LINES; histogram->peak_bytes > 0 && line-- > 0;) {
        fprintf(to, "  %11s ",
                line == LINES - 1 ? figure_bytes(histogram->peak_bytes).text : "");
        print_line(view, line, columns, to);
        fputc('\n', to);
    }
    struct figure end = figure_time(ns);
    fprintf(to, "  %11s 0%*s\n", "", (int)columns - 1, end.text);
}

/** Print as much of a text as has room. */
static void print_cut(const char *text, size_t room, FILE *to) {
    size_t length = strlen(text);
    if (length <= room) {
        fprintf(to, "%s\n", text);
    } else {
        fprintf(to, "%.*s...\n", (int)room - 3, text);
    }
}

static void print_stacks(const struct histogram_view *view, enum histogram_order order,
                         FILE *to) {
    const struct histogram *histogram = view->histogram;
    uint32_t indices[HISTOGRAM_TOP_MAX];
    size_t count = histogram_top(histogram, order, indices, view->top);
    uint64_t whole = order == HISTOGRAM_BY_CALLS   ? histogram->allocations
                     : order == HISTOGRAM_BY_BYTES ? histogram->bytes
                                                   : histogram->live_bytes;
    if (count == 0) {
        return;
    }
    fprintf(to, "\n  top stacks by %s\n", histogram_orders[order]);
    for (size_t i = 0; i < count; i++) {
        uint64_t weight = histogram_weight(&histogram->stacks[indices[i]], order);
        char *name = histogram_stack_name(view, indices[i]);
        fprintf(to, "  %12s %8s  ",
                histogram_stack_figure(histogram, indices[i], order).text,
                figure_share(weight, whole).text);
        print_cut(name ? name : "?",
                  view->width > SECTION_WIDTH_MIN + 25 ? view->width - 25
                                                       : SECTION_WIDTH_MIN,
                  to);
        free(name);
    }
}

void histogram_text(const struct histogram_view *view, FILE *to) {
    print_heading(view, to);
    print_sums(view->histogram, to);
    print_sizes(view, to);
    print_percentiles(view->histogram, to);
    print_heap(view, to);
    print_stacks(view, HISTOGRAM_BY_CALLS, to);
    print_stacks(view, HISTOGRAM_BY_BYTES, to);
    print_stacks(view, HISTOGRAM_BY_LIVE, to);
}
