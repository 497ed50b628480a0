// SPDX-License-Identifier: MIT
#include "runner/trace/histogram_view.h"

#include "runner/util/figures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *const histogram_orders[] = {"calls", "bytes", "bytes never freed"};

uint64_t histogram_step(uint64_t below, unsigned bars) {
    static const unsigned nice[] = {1, 2, 4, 5, 8, 10, 20, 25, 40, 50, 80};
    for (uint64_t scale = 1;; scale *= 100) {
        for (size_t i = 0; i < sizeof(nice) / sizeof(nice[0]); i++) {
            if (nice[i] * scale * bars >= below) {
                return nice[i] * scale;
            }
        }
    }
}

struct figure histogram_stack_figure(const struct histogram *histogram, uint32_t index,
                                     enum histogram_order order) {
    uint64_t weight = histogram_weight(&histogram->stacks[index], order);
    return order == HISTOGRAM_BY_CALLS ? figure_count(weight) : figure_bytes(weight);
}

/** Print one place: what is called there, innermost first. */
static void print_place(const struct histogram_view *view, struct frame frame, FILE *to) {
    struct symbol_list list = symbols_find(view->symbols, frame, true);
    const char *module = modules_name(&view->file->modules, frame.module);
    for (size_t i = 0; i < list.count; i++) {
        const char *name = list.symbols[i].short_name;
        if (name) {
            fprintf(to, "%s%s", i > 0 ? " < " : "", name);
        } else {
            fprintf(to, "%s%s+0x%" PRIx64, i > 0 ? " < " : "", module ? module : "?",
                    frame.offset);
        }
    }
}

char *histogram_stack_name(const struct histogram_view *view, uint32_t index) {
    const struct trace_stack *stack = tracefile_stack(view->file, index);
    char *name = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&name, &size);
    if (!to) {
        return NULL;
    }
    for (uint32_t i = 0; stack && i < stack->count; i++) {
        if (i > 0) {
            fputs(" < ", to);
        }
        print_place(view, stack->frames[i], to);
    }
    if (!stack) {
        fputs("(unknown)", to);
    }
    if (fclose(to) != 0) {
        free(name);
        return NULL;
    }
    return name;
}
