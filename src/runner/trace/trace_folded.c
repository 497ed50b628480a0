// SPDX-License-Identifier: MIT
// Each frame is its function's name, inlined calls too; if there is none, the module's
// with the offset. The separators of the format are replaced in names.
#include "runner/code/symbol.h"
#include "runner/trace/histogram.h"
#include "runner/trace/tracetext.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/** Print a name without what separates names and weights. */
static void print_name(const char *name, FILE *to) {
    for (; *name; name++) {
        fputc(*name == ';' ? ':' : *name == '\n' ? ' ' : *name, to);
    }
}

/** Print what is called at one place, outermost first. */
static void print_frame(const struct tracefile *file, struct symbols *symbols,
                        struct frame frame, FILE *to) {
    struct symbol_list list = symbols_find(symbols, frame, true);
    for (size_t i = list.count; i-- > 0;) {
        const char *module = modules_name(&file->modules, frame.module);
        if (list.symbols[i].short_name) {
            print_name(list.symbols[i].short_name, to);
        } else if (module) {
            print_name(module, to);
            fprintf(to, "+0x%" PRIx64, frame.offset);
        } else {
            fprintf(to, "0x%" PRIx64, frame.offset);
        }
        if (i > 0) {
            fputc(';', to);
        }
    }
}

/** Print a stack, from the outermost frame on. */
static void print_stack(const struct tracefile *file, struct symbols *symbols,
                        const struct trace_stack *stack, FILE *to) {
    for (uint32_t i = stack->count; i-- > 0;) {
        print_frame(file, symbols, stack->frames[i], to);
        if (i > 0) {
            fputc(';', to);
        }
    }
}

static void print(const struct histogram *histogram, const struct tracefile *file,
                  struct symbols *symbols, enum trace_weight weight, FILE *to) {
    for (uint32_t i = 0; i < histogram->stack_count; i++) {
        const struct histogram_stack *sums = &histogram->stacks[i];
        const struct trace_stack *stack = tracefile_stack(file, i);
        uint64_t number = weight == TRACE_CALLS   ? sums->calls
                          : weight == TRACE_BYTES ? sums->bytes
                                                  : sums->live_bytes;
        if (number == 0) {
            continue;
        }
        if (stack) {
            print_stack(file, symbols, stack, to);
        } else {
            fputs("(unknown)", to);
        }
        fprintf(to, " %" PRIu64 "\n", number);
    }
}

int trace_folded(struct tracefile *file, const struct trace_wish *wish, FILE *to,
                 const struct diag *diag) {
    if (!(file->head.flags & MF_TRACE_HAS_STACKS)) {
        diag_error(diag, "there are no stacks in it: record it with --stacks");
        errno = 0;
        return -1;
    }
    struct histogram *histogram = malloc(sizeof(*histogram));
    struct symbols *symbols = symbols_new(&file->modules);
    int result = -1;
    if (!histogram || !symbols || histogram_read(histogram, file) != 0) {
        diag_no_memory(diag);
        errno = 0;
    } else {
        print(histogram, file, symbols, wish->weight, to);
        histogram_destroy(histogram);
        result = ferror(to) ? -1 : 0;
    }
    symbols_free(symbols);
    free(histogram);
    return result;
}
