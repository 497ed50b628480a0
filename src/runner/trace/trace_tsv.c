// SPDX-License-Identifier: MIT
#include "runner/trace/tracetext.h"

#include <errno.h>
#include <inttypes.h>

#define BATCH 1024

/** What became of an allocation: its address, or how it failed. */
static void print_address(const struct mf_trace_event *event, FILE *to) {
    if (event->kind == MF_TRACE_REFUSED) {
        fputs("injected", to);
    } else if (event->address == 0) {
        fputs("NULL", to);
    } else {
        fprintf(to, "0x%" PRIx64, event->address);
    }
}

/** The columns behind the size. */
static void print_rest(const struct tracefile *file, const struct trace_event *entry,
                       FILE *to) {
    const struct mf_trace_event *event = &entry->event;
    fprintf(to, "\t%" PRIu32 "\t%s\t", entry->thread, tracefile_function(event));
    print_address(event, to);
    if (entry->old) {
        fprintf(to, "\t0x%" PRIx64, entry->old);
    } else {
        fputs("\t-", to);
    }
    const struct trace_stack *stack = tracefile_stack(file, event->stack);
    if (stack) {
        fprintf(to, "\t%016" PRIx64 "\n", stack->id);
    } else {
        fputs("\t-\n", to);
    }
}

static void print(const struct tracefile *file, const struct trace_event *entry, bool all,
                  FILE *to) {
    const struct mf_trace_event *event = &entry->event;
    bool freed = event->kind == MF_TRACE_FREE;
    bool gone = entry->old && event->size == 0 && event->address == 0;
    if (event->kind == MF_TRACE_RESIZE || ((freed || gone) && !all)) {
        return;
    }
    uint64_t us = (file->head.began_ns + tracefile_ns(file, event->time)) / 1000;
    fprintf(to, "%" PRIu64 ".%06" PRIu64 "\t", us / 1000000, us % 1000000);
    if (freed) {
        fputc('-', to);
    } else {
        fprintf(to, "%" PRIu64, event->size);
    }
    if (all) {
        print_rest(file, entry, to);
    } else {
        fputc('\n', to);
    }
}

int trace_tsv(struct tracefile *file, const struct trace_wish *wish, FILE *to,
              const struct diag *diag) {
    (void)diag;
    struct trace_event events[BATCH];
    size_t count;
    if (wish->all) {
        fputs("time\tsize\tthread\tfunction\taddress\told\tstack\n", to);
    }
    while ((count = tracefile_read(file, events, BATCH)) > 0 && !ferror(to)) {
        for (size_t i = 0; i < count; i++) {
            print(file, &events[i], wish->all, to);
        }
    }
    return ferror(to) ? -1 : 0;
}
