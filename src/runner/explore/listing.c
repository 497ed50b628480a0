// SPDX-License-Identifier: MIT
#include "runner/explore/listing.h"

#include "core/policy/resource.h"
#include "runner/code/symbol.h"
#include "runner/util/figures.h"
#include "runner/util/path.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_number(const void *a, const void *b) {
    const struct point *one = a, *other = b;
    if (one->process != other->process) {
        return one->process < other->process ? -1 : 1;
    }
    return (one->number > other->number) - (one->number < other->number);
}

/** Print the call site of a stack. */
static void print_site(const struct stacks *stacks, const struct stacks_entry *stack,
                       struct symbols *symbols, FILE *stream) {
    if (!stack || stack->site >= stacks->site_count) {
        fputs("?", stream);
        return;
    }
    struct frame frame = stacks->sites[stack->site];
    const struct symbol *symbol = symbols_find(symbols, frame, true).symbols;
    const char *module = modules_name(&stacks->modules, frame.module);
    const char *name = symbol->short_name ? symbol->short_name : symbol->function;
    if (name) {
        printable_put(name, stream);
        fputs(" at ", stream);
    }
    if (symbol->file) {
        printable_put(path_base(symbol->file), stream);
        fprintf(stream, ":%d", symbol->line);
    } else {
        printable_put(module ? module : "?", stream);
        fprintf(stream, "+0x%" PRIx64, (uint64_t)frame.offset);
    }
}

static void print_point(const struct campaign *campaign, const struct point *point,
                        struct symbols *symbols, FILE *stream) {
    const struct stacks *stacks = &campaign->oracle.stacks;
    const struct processes *processes = &campaign->oracle.processes;
    const struct stacks_entry *stack = stacks_find(stacks, point->stack_id);
    fprintf(stream, "%8" PRIu64 "  ", point->number);
    if (mf_resource_of(point->function)) {
        fprintf(stream, "%8s", mf_function_name(point->function));
    } else if (stack && stack->number == point->number) {
        fprintf(stream, "%8" PRIu64, stack->size);
    } else {
        fprintf(stream, "%8s", "-");
    }
    fprintf(stream, "  %016" PRIx64 "  ", point->stack_id);
    print_site(stacks, stack, symbols, stream);
    if (point->process > 0 && point->process <= processes->count) {
        const struct processes_entry *process = &processes->list[point->process - 1];
        fputs(", in ", stream);
        printable_put(process->image, stream);
        fprintf(stream, "[%u]", (unsigned)process->index);
    }
    fputc('\n', stream);
}

int listing_print(const struct campaign *campaign) {
    const struct points *points = &campaign->points;
    struct symbols *symbols = symbols_new(&campaign->oracle.stacks.modules);
    struct point *list = calloc(points->count + 1, sizeof(list[0]));
    bool good = symbols && list;
    if (!good) {
        diag_no_memory(campaign->diag);
    } else {
        memcpy(list, points->list, points->count * sizeof(list[0]));
        qsort(list, points->count, sizeof(list[0]), by_number);
        for (size_t i = 0; i < points->count; i++) {
            print_point(campaign, &list[i], symbols, stdout);
        }
        good = fflush(stdout) == 0 && !ferror(stdout);
        if (!good) {
            diag_error(campaign->diag, "cannot write to the standard output: %s",
                       strerror(errno));
        }
    }
    if (good && !campaign->diag->quiet) {
        fprintf(stderr, "mallocfail: %zu point%s; none was tried\n", points->count,
                plural(points->count));
    }
    free(list);
    symbols_free(symbols);
    return good ? STATUS_GOOD : STATUS_FAILED;
}
