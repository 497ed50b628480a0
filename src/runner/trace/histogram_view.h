// SPDX-License-Identifier: MIT
/** Showing a trace that was summed up: to a terminal, as a picture, as a page. */
#ifndef MF_RUNNER_TRACE_HISTOGRAM_VIEW_H
#define MF_RUNNER_TRACE_HISTOGRAM_VIEW_H

#include "runner/code/symbol.h"
#include "runner/trace/histogram.h"
#include "runner/util/figures.h"
#include "runner/util/markup.h"

#include <stdio.h>

struct histogram_view {
    const struct histogram *histogram;
    const struct tracefile *file;
    struct symbols *symbols;
    /** The trace's name, for the heading. */
    const char *path;
    /** The cut: sizes below it are shown one by one or nearly so. */
    uint64_t below;
    /** Columns of the terminal. */
    unsigned width;
    /** How many stacks are listed in each order. */
    unsigned top;
};

/** No cut is higher. */
#define HISTOGRAM_BELOW_MAX HISTOGRAM_EXACT
/** No more stacks are listed. */
#define HISTOGRAM_TOP_MAX 100

/** How many sizes make a bar where there are to be at most so many bars: 1, 2, 4, 5, 8,
 * 10 and so on. */
uint64_t histogram_step(uint64_t below, unsigned bars);

/** How the stacks' orders are called, by enum histogram_order. */
extern const char *const histogram_orders[HISTOGRAM_BY_LIVE + 1];

/** What a stack weighs in an order, in words. */
struct figure histogram_stack_figure(const struct histogram *histogram, uint32_t index,
                                     enum histogram_order order);

/**
 * Name a stack in one line, innermost call first: "strdup < add_word < main".
 *
 * @return
 *         NULL when memory ran out; to be freed.
 */
char *histogram_stack_name(const struct histogram_view *view, uint32_t index);

/** Print it all for a terminal. */
void histogram_text(const struct histogram_view *view, FILE *to);

/** Draw the sizes and the live heap, as a picture of its own or as a part of a page. */
void histogram_draw(const struct histogram_view *view, struct markup *markup);

/** The same as an SVG file; 0 on success, -1 with errno. */
int histogram_svg(const struct histogram_view *view, FILE *to);

/** Pictures and tables as one page of HTML; 0 on success, -1 with errno. */
int histogram_html(const struct histogram_view *view, FILE *to);

#endif
