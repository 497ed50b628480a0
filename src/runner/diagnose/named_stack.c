// SPDX-License-Identifier: MIT
#include "runner/diagnose/named_stack.h"

#include "runner/diagnose/callname.h"

#include <stdlib.h>
#include <string.h>

/** Name what ended the program and has no name: the part of a function of the C++ library that
 * gcc splits off. */
static void name_ending(struct named_stack *stack, struct symbols *symbols) {
    for (size_t i = 1; i + 1 < stack->count; i++) {
        struct named_frame *frame = &stack->frames[i];
        const char *called = stack->frames[i - 1].symbol->short_name;
        if (!frame->symbol->function && called &&
            (callname_is_terminate(called) || strcmp(called, "abort") == 0)) {
            frame->symbol = symbols_called(symbols, frame->symbol, frame[1].raw);
        }
    }
}

int named_stack_make(struct named_stack *stack, struct symbols *symbols,
                     const struct raw_stack *raw) {
    size_t frames = raw->count < NAMED_STACK_MAX ? raw->count : NAMED_STACK_MAX;
    size_t room = 0;
    stack->total = raw->count;
    for (size_t i = 0; i < frames; i++) {
        struct symbol_list list =
            symbols_find(symbols, raw->frames[i], !raw_stack_is_exact(raw, i));
        if (stack->count + list.count > room) {
            room = 2 * room + list.count + 16;
            void *grown = reallocarray(stack->frames, room, sizeof(stack->frames[0]));
            if (!grown) {
                return -1;
            }
            stack->frames = grown;
        }
        for (size_t k = 0; k < list.count; k++) {
            stack->frames[stack->count++] =
                (struct named_frame){raw->frames[i], &list.symbols[k]};
        }
    }
    name_ending(stack, symbols);
    return 0;
}

/** In a static program the C library's functions lie among its own: tell them by their names,
 * as if they were another module's. */
static void set_apart(struct outcome_frame *frames, size_t count) {
    const char *module = NULL;
    for (size_t i = 0; i < count && !module; i++) {
        bool begins = callname_is_beginning(frames[i].function) && !frames[i].file;
        module = begins ? frames[i].module : NULL;
    }
    if (!module || callname_is_library(module)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (frames[i].module == module && !frames[i].file &&
            callname_is_libcs(frames[i].function)) {
            frames[i].module = CALLNAME_ARCHIVE;
        }
    }
}

struct outcome_frame *named_stack_plain(const struct named_stack *stack,
                                        const struct modules *modules) {
    struct outcome_frame *frames =
        calloc(stack->count ? stack->count : 1, sizeof(frames[0]));
    for (size_t i = 0; frames && i < stack->count; i++) {
        const struct symbol *symbol = stack->frames[i].symbol;
        frames[i] = (struct outcome_frame){
            .function = symbol->short_name,
            .module = modules_name(modules, stack->frames[i].raw.module),
            .file = symbol->file,
            .line = symbol->line,
            .offset = stack->frames[i].raw.offset,
        };
    }
    if (frames) {
        set_apart(frames, stack->count);
    }
    return frames;
}

struct cycle named_stack_cycle(const struct named_stack *stack, struct cycle raw) {
    struct cycle named = {SIZE_MAX, 0, raw.repeats};
    size_t at = 0;
    for (size_t i = 0; raw.length > 0 && i < stack->count; i++) {
        if (at >= raw.start && at < raw.start + raw.length) {
            named.start = named.start < i ? named.start : i;
            named.length++;
        }
        at += !stack->frames[i].symbol->inlined;
    }
    return named.length ? named : (struct cycle){0, 0, 0};
}

size_t named_stack_function(const struct named_stack *stack, size_t raw) {
    size_t at = 0;
    for (size_t i = 0; i < stack->count; i++) {
        bool inlined = stack->frames[i].symbol->inlined;
        if (at == raw && !inlined) {
            return i;
        }
        at += !inlined;
    }
    return 0;
}

void named_stack_destroy(struct named_stack *stack) {
    free(stack->frames);
    *stack = (struct named_stack){0};
}
