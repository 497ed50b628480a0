// SPDX-License-Identifier: MIT
#include "runner/diagnose/finding.h"

#include "core/policy/mix.h"
#include "runner/diagnose/signature.h"
#include "runner/diagnose/verdict.h"
#include "runner/util/path.h"

#include <stdio.h>
#include <stdlib.h>

/** Name so many frames. */
static int name_frames(struct named_stack *stack, const struct finding_context *context,
                       const struct frame *frames, size_t count) {
    const struct raw_stack raw = {.frames = (struct frame *)frames, .count = count};
    return named_stack_make(stack, context->symbols, &raw);
}

static int name_injection(struct finding *finding,
                          const struct finding_context *context) {
    return name_frames(&finding->injection_stack, context, context->cause->frames,
                       finding->injection.frame_count);
}

/** Name who allocated or freed a block. */
static int name_trace(struct named_stack *stack, struct symbols *symbols,
                      const struct heap_trace *trace) {
    const struct raw_stack raw = {.frames = (struct frame *)trace->frames,
                                  .count = trace->count};
    return named_stack_make(stack, symbols, &raw);
}

/** Name the stacks of the other threads. */
static int name_threads(struct finding *finding, struct symbols *symbols) {
    const struct crash *crash = finding->crash;
    finding->threads = calloc(crash->thread_count ? crash->thread_count : 1,
                              sizeof(finding->threads[0]));
    if (!finding->threads) {
        return -1;
    }
    for (size_t i = 0; i < crash->thread_count; i++) {
        finding->thread_count++;
        if (named_stack_make(&finding->threads[i], symbols, &crash->threads[i].stack) !=
            0) {
            return -1;
        }
    }
    return 0;
}

/** Note the place that a sanitizer reports: as it says itself, or else where the program stands,
 * as the sanitizer would say it. How it ends the program depends on its options. */
static void note_reported(struct finding *finding, const char *last_words) {
    char headline[SANITIZER_PLACE_MAX];
    size_t site = finding->verdict.crash_site;
    const struct named_stack *stack = &finding->crash_stack;
    if (finding->verdict.class != CLASS_SANITIZER ||
        (last_words &&
         sanitizer_first(last_words, headline, sizeof(headline), finding->reported) &&
         finding->reported[0])) {
        return;
    }
    const struct symbol *symbol = site < stack->count ? stack->frames[site].symbol : NULL;
    if (symbol && symbol->file && symbol->line > 0) {
        snprintf(finding->reported, sizeof(finding->reported), "%s:%d",
                 path_base(symbol->file), symbol->line);
    }
}

int finding_make(struct finding *finding, const struct finding_context *context,
                 const struct crash *crash) {
    *finding = (struct finding){.crash = crash, .cycle = cycle_of(&crash->stack)};
    const struct cause *cause = context->cause;
    finding->injected = cause->any;
    finding->injection = cause->injection;
    finding->injections = cause->count;
    finding->allocator = context->allocator;
    finding->own = context->own;
    if (named_stack_make(&finding->crash_stack, context->symbols, &crash->stack) != 0 ||
        name_injection(finding, context) != 0 ||
        name_trace(&finding->allocation_stack, context->symbols,
                   &crash->heap.allocation) != 0 ||
        name_trace(&finding->release_stack, context->symbols, &crash->heap.release) !=
            0 ||
        name_threads(finding, context->symbols) != 0) {
        finding_destroy(finding);
        return -1;
    }
    finding->loop = signature_loop(crash, context->symbols, context->modules);
    finding->cycle = named_stack_cycle(&finding->crash_stack, finding->cycle);
    if (verdict_on_crash(finding, context, cause->in_a_row) != 0) {
        finding_destroy(finding);
        return -1;
    }
    note_reported(finding, context->last_words);
    finding->signature = signature_of_crash(finding, context->modules);
    return 0;
}

int finding_judge_end(struct finding *finding, const struct finding_context *context,
                      enum outcome outcome, const char *what) {
    if (verdict_on_end(finding, context, outcome, what) != 0) {
        return -1;
    }
    finding->signature = signature_of_end(finding);
    return 0;
}

int finding_add_leak(struct finding *finding, const struct finding_context *context,
                     const struct finding_leak *amount, const struct frame *frames,
                     size_t count) {
    if (finding->leak_count == FINDING_LEAKS_MAX) {
        return 0;
    }
    if (!finding->leaks) {
        finding->leaks = calloc(FINDING_LEAKS_MAX, sizeof(finding->leaks[0]));
    }
    if (!finding->leaks) {
        return -1;
    }
    struct finding_leak *leak = &finding->leaks[finding->leak_count++];
    *leak = *amount;
    return name_frames(&leak->stack, context, frames, count);
}

void finding_destroy(struct finding *finding) {
    for (size_t i = 0; i < finding->leak_count; i++) {
        named_stack_destroy(&finding->leaks[i].stack);
    }
    free(finding->leaks);
    for (size_t i = 0; i < finding->thread_count; i++) {
        named_stack_destroy(&finding->threads[i]);
    }
    free(finding->threads);
    named_stack_destroy(&finding->crash_stack);
    named_stack_destroy(&finding->injection_stack);
    named_stack_destroy(&finding->allocation_stack);
    named_stack_destroy(&finding->release_stack);
    *finding = (struct finding){0};
}
