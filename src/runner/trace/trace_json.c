// SPDX-License-Identifier: MIT
// Printed as it is read: a tree of a hundred million events has no room in memory. What
// is made of strings is made by jansson.
#include "runner/code/symbol.h"
#include "runner/trace/tracetext.h"
#include "runner/util/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 1024

/** Print a value on a line of its own; non-zero when memory ran out. Takes it over. */
static int print_value(json_t *value, FILE *to) {
    int result = value ? json_dumpf(value, to, JSON_ENCODE_ANY | JSON_COMPACT) : -1;
    json_decref(value);
    return result;
}

/** The target's command line, as an array. */
static json_t *command(const struct mf_trace_head *head) {
    json_t *list = json_array();
    for (uint32_t at = 0; at < head->command_length;) {
        json_array_append_new(list, json_text(head->command + at));
        at += (uint32_t)strlen(head->command + at) + 1;
    }
    return list;
}

static int print_head(const struct tracefile *file, FILE *to) {
    fputs("{\"version\":1,\"program\":", to);
    int bad = print_value(json_text(file->head.image), to);
    fputs(",\"command\":", to);
    bad |= print_value(command(&file->head), to);
    fprintf(to,
            ",\"pid\":%d,\"parent\":%d,\"began_ns\":%" PRIu64 ",\"lost\":%" PRIu64
            ",\n\"events\":[",
            file->head.pid, file->head.parent, file->head.began_ns, file->head.lost);
    return bad;
}

/** Print one event. */
static void print_event(const struct tracefile *file, const struct trace_event *entry,
                        FILE *to) {
    const struct mf_trace_event *event = &entry->event;
    fprintf(to,
            "{\"ns\":%" PRIu64 ",\"thread\":%" PRIu32 ",\"tid\":%d,\"function\":\"%s\"",
            tracefile_ns(file, event->time), entry->thread, entry->tid,
            tracefile_function(event));
    if (event->kind != MF_TRACE_FREE) {
        fprintf(to, ",\"size\":%" PRIu64, event->size);
    }
    if (event->kind == MF_TRACE_REFUSED) {
        fputs(",\"injected\":true", to);
    } else if (event->address) {
        fprintf(to, ",\"address\":\"0x%" PRIx64 "\"", event->address);
    } else {
        fputs(",\"address\":null", to);
    }
    if (entry->old) {
        fprintf(to, ",\"old\":\"0x%" PRIx64 "\"", entry->old);
    }
    const struct trace_stack *stack = tracefile_stack(file, event->stack);
    if (stack) {
        fprintf(to, ",\"stack\":\"%016" PRIx64 "\"", stack->id);
    }
    fputc('}', to);
}

static void print_events(struct tracefile *file, FILE *to) {
    struct trace_event events[BATCH];
    const char *separator = "\n";
    size_t count;
    while ((count = tracefile_read(file, events, BATCH)) > 0 && !ferror(to)) {
        for (size_t i = 0; i < count; i++) {
            if (events[i].event.kind != MF_TRACE_RESIZE) {
                fputs(separator, to);
                print_event(file, &events[i], to);
                separator = ",\n";
            }
        }
    }
}

/** The calls at one place, innermost first. */
static int add_calls(json_t *list, const struct tracefile *file, struct symbols *symbols,
                     struct frame frame) {
    struct symbol_list calls = symbols_find(symbols, frame, true);
    int bad = 0;
    for (size_t i = 0; i < calls.count; i++) {
        const struct symbol *symbol = &calls.symbols[i];
        json_t *object = json_object();
        bad |= json_put(object, "function", json_optional(symbol->function));
        bad |= json_put(object, "module",
                        json_optional(modules_name(&file->modules, frame.module)));
        bad |= json_put(object, "offset", json_hex(frame.offset));
        bad |= json_put(object, "file", json_optional(symbol->file));
        bad |= json_put(object, "line", json_count((uint64_t)symbol->line));
        bad |= json_array_append_new(list, json_finished(object, bad));
    }
    return bad;
}

static int print_stacks(const struct tracefile *file, struct symbols *symbols, FILE *to) {
    const char *separator = "\n";
    int bad = 0;
    for (uint32_t i = 1; i <= file->stack_count && !bad; i++) {
        const struct trace_stack *stack = tracefile_stack(file, i);
        json_t *list = stack ? json_array() : NULL;
        for (uint32_t j = 0; stack && j < stack->count; j++) {
            bad |= add_calls(list, file, symbols, stack->frames[j]);
        }
        if (stack) {
            fprintf(to, "%s\"%016" PRIx64 "\":", separator, stack->id);
            bad |= print_value(list, to);
            separator = ",\n";
        }
    }
    return bad;
}

int trace_json(struct tracefile *file, const struct trace_wish *wish, FILE *to,
               const struct diag *diag) {
    (void)wish;
    struct symbols *symbols = symbols_new(&file->modules);
    int bad = symbols ? print_head(file, to) : -1;
    if (!bad) {
        print_events(file, to);
        fputs("\n],\n\"stacks\":{", to);
        bad = print_stacks(file, symbols, to);
        fputs("\n}}\n", to);
    }
    symbols_free(symbols);
    if (bad && !ferror(to)) {
        diag_no_memory(diag);
        errno = 0;
    }
    return bad || ferror(to) ? -1 : 0;
}
