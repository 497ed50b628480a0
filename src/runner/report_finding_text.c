// SPDX-License-Identifier: MIT
#include "runner/report_finding.h"

#include "runner/signals.h"
#include "runner/tame.h"

#include <inttypes.h>
#include <string.h>

/** Frames of a stack that are shown, unless all are asked for. */
#define SHOWN_MAX 12

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define FAINT "\033[2m"
#define PLAIN "\033[0m"

/** A colour where colours are wanted. */
static const char *paint(const struct finding_style *style, const char *colour) {
    return style->colour ? colour : "";
}

static const char *access_word(enum access access) {
    switch (access) {
    case ACCESS_READ:
        return "read of";
    case ACCESS_WRITE:
        return "write to";
    case ACCESS_EXECUTE:
        return "jump to";
    default:
        return "access to";
    }
}

/** "SIGSEGV, write to 0x8" */
static void print_signal(const struct crash *crash, FILE *stream) {
    char name[32];
    if (crash->signal == 0) {
        fputs("no end within its time", stream);
        return;
    }
    fputs(signals_name(crash->signal, name), stream);
    if (crash->address_known) {
        fprintf(stream, ", %s 0x%" PRIx64, access_word(crash->access), crash->address);
    }
    if (crash->sender) {
        fprintf(stream, ", sent by process %d", (int)crash->sender);
    }
}

/** "2 blocks of 100 bytes" */
static void print_amount(uint64_t blocks, uint64_t bytes, FILE *stream) {
    fprintf(stream, "%" PRIu64 " block%s of %" PRIu64 " byte%s", blocks,
            blocks == 1 ? "" : "s", bytes, bytes == 1 ? "" : "s");
}

/** "SIGSEGV, write to 0x8", or what else it shows. */
static void print_end(const struct finding *finding, FILE *stream) {
    const struct crash *crash = finding->crash;
    if (finding->verdict.outcome == OUTCOME_SILENT) {
        fputs("wrong output", stream);
    } else if (finding->verdict.outcome == OUTCOME_LEAKED) {
        print_amount(finding->leaked_blocks, finding->leaked_bytes, stream);
    } else if (crash->signal == 0 && crash->stack.count == 0) {
        fputs("output without end", stream);
    } else {
        print_signal(crash, stream);
    }
}

static void print_headline(const struct finding *finding,
                           const struct finding_style *style, FILE *stream) {
    const struct outcome_verdict *verdict = &finding->verdict;
    fprintf(stream, "%smallocfail: %s", paint(style, RED),
            outcome_name(verdict->outcome));
    if (verdict->class != CLASS_NONE) {
        fprintf(stream, ": %s", outcome_class_name(verdict->class));
    }
    fputs(paint(style, PLAIN), stream);
    if (verdict->detail[0]) {
        fprintf(stream, " (%s)", verdict->detail);
    }
    fputs(": ", stream);
    print_end(finding, stream);
    fprintf(stream, "\n    %s%s%s\n", paint(style, BOLD), verdict->culprit,
            paint(style, PLAIN));
}

/** Whether a frame is libc's way to main: it is in every stack and tells nothing. */
static bool is_start_up(const struct finding_frame *frame) {
    static const char *const names[] = {"__libc_start_call_main",
                                        "__libc_start_main",
                                        "__libc_start_main_impl",
                                        "_start",
                                        "start_thread",
                                        "clone3",
                                        "__clone3",
                                        "clone"};
    const char *function = frame->symbol->function;
    for (size_t i = 0; function && i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(function, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/** How many frames there are before libc's way to main. */
static size_t until_start_up(const struct finding_stack *stack) {
    size_t count = 0;
    while (count < stack->count && !is_start_up(&stack->frames[count])) {
        count++;
    }
    return count;
}

/** How many frames from the innermost on are worth showing. */
static size_t shown(const struct finding_stack *stack, bool verbose) {
    size_t count = verbose ? stack->count : until_start_up(stack);
    return verbose || count < SHOWN_MAX ? count : SHOWN_MAX;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_frame(const struct finding_frame *frame,
                        const struct finding_style *style, FILE *stream) {
    const struct symbol *symbol = frame->symbol;
    const char *module = modules_name(style->modules, frame->place.module);
    const char *name = style->verbose ? symbol->function : symbol->short_name;
    fprintf(stream, "        %-28s ", name ? name : "?");
    if (symbol->file) {
        fprintf(stream, "%s:%d", style->verbose ? symbol->file : base_name(symbol->file),
                symbol->line);
    }
    if (!symbol->file || style->verbose) {
        fprintf(stream, "%s%s%s+0x%" PRIx64 "%s", symbol->file ? " " : "",
                paint(style, FAINT), module ? module : "?", frame->place.offset,
                paint(style, PLAIN));
    }
    fprintf(stream, "%s\n", symbol->inlined ? " (inlined)" : "");
}

static void print_stack(const struct finding_stack *stack, const struct cycle *cycle,
                        const struct finding_style *style, FILE *stream) {
    size_t count = shown(stack, style->verbose);
    if (cycle->length > 0 && !style->verbose) {
        size_t end = cycle->start + cycle->length;
        count = end < stack->count ? end : stack->count;
    }
    for (size_t i = 0; i < count; i++) {
        print_frame(&stack->frames[i], style, stream);
    }
    if (cycle->length > 0) {
        fprintf(stream, "        ... the last %zu of them %zu times over, %zu frames\n",
                cycle->length, cycle->repeats, stack->total);
    } else if (count < until_start_up(stack)) {
        fprintf(stream, "        ... and %zu more (-v shows them)\n",
                until_start_up(stack) - count);
    }
}

static void print_injection(const struct finding *finding,
                            const struct finding_style *style, FILE *stream) {
    static const struct cycle none = {0, 0, 0};
    const struct mf_injection *injection = &finding->injection;
    fprintf(stream, "\n    %sfailed%s  %s(%" PRIu64 "), number %" PRIu64 ", thread %u",
            paint(style, BOLD), paint(style, PLAIN),
            mf_function_name(injection->function), injection->size, injection->number,
            injection->thread);
    if (injection->pid != finding->crash->pid) {
        fprintf(stream, ", in process %d", (int)injection->pid);
    }
    if (finding->injections > 1) {
        fprintf(stream, "; the last of %" PRIu64, finding->injections);
    }
    fputc('\n', stream);
    print_stack(&finding->injection_stack, &none, style, stream);
}

static void print_threads(const struct finding *finding,
                          const struct finding_style *style, FILE *stream) {
    const struct crash *crash = finding->crash;
    for (size_t i = 0; i < finding->thread_count; i++) {
        static const struct cycle none = {0, 0, 0};
        fprintf(stream, "    %sthread%s  %s[%d]\n", paint(style, BOLD),
                paint(style, PLAIN), crash->threads[i].name, (int)crash->threads[i].tid);
        print_stack(&finding->threads[i], &none, style, stream);
    }
}

/** The block that the page allocator knows of: whose it was, and who freed it. */
static void print_block(const struct finding *finding, const struct finding_style *style,
                        FILE *stream) {
    static const struct cycle none = {0, 0, 0};
    const struct heap_facts *heap = &finding->crash->heap;
    if (!heap->block_known) {
        return;
    }
    fprintf(stream,
            "    %sblock%s   %" PRIu64 " byte%s at 0x%" PRIx64
            ", allocated by thread %d\n",
            paint(style, BOLD), paint(style, PLAIN), heap->size,
            heap->size == 1 ? "" : "s", heap->address, (int)heap->allocation.tid);
    print_stack(&finding->allocation_stack, &none, style, stream);
    if (heap->freed) {
        fprintf(stream, "    %sfreed%s   by thread %d\n", paint(style, BOLD),
                paint(style, PLAIN), (int)heap->release.tid);
        print_stack(&finding->release_stack, &none, style, stream);
    }
}

/** Where it broke, or stands. */
static void print_crash(const struct finding *finding, const struct finding_style *style,
                        FILE *stream) {
    const struct crash *crash = finding->crash;
    fprintf(stream, "    %s%s%s   in %s[%d]", paint(style, BOLD),
            crash->signal ? "broke" : "hangs", paint(style, PLAIN), crash->image,
            (int)crash->pid);
    if (crash->tid != crash->pid) {
        fprintf(stream, ", thread %s[%d]", crash->thread_name, (int)crash->tid);
    }
    fputc('\n', stream);
    print_stack(&finding->crash_stack, &finding->cycle, style, stream);
    print_block(finding, style, stream);
    print_threads(finding, style, stream);
}

/** Where its output is another. */
static void print_difference(const struct finding_difference *difference,
                             const struct finding_style *style, FILE *stream) {
    if (!difference->where[0]) {
        return;
    }
    fprintf(stream, "    %sdiffers%s ", paint(style, BOLD), paint(style, PLAIN));
    tame_put(difference->where, stream);
    if (difference->line) {
        fprintf(stream, ", line %" PRIu64 " (byte %" PRIu64 ")", difference->line,
                difference->offset);
    }
    fprintf(stream, "\n        wanted   %s\n        came     %s\n", difference->wanted,
            difference->got);
}

/** What was left. */
static void print_leaks(const struct finding *finding, const struct finding_style *style,
                        FILE *stream) {
    static const struct cycle none = {0, 0, 0};
    uint64_t left = finding->leaked_blocks;
    for (size_t i = 0; i < finding->leak_count; i++) {
        const struct finding_leak *leak = &finding->leaks[i];
        fprintf(stream, "    %sleaked%s  ", paint(style, BOLD), paint(style, PLAIN));
        print_amount(leak->blocks, leak->bytes, stream);
        fputs(", allocated in\n", stream);
        print_stack(&leak->stack, &none, style, stream);
        left -= leak->blocks < left ? leak->blocks : left;
    }
    if (left > 0) {
        fprintf(stream, "    ... and %" PRIu64 " more blocks\n", left);
    }
}

void finding_print(const struct finding *finding, const struct finding_style *style,
                   FILE *stream) {
    print_headline(finding, style, stream);
    if (finding->injected) {
        print_injection(finding, style, stream);
    }
    if (finding->crash->signal != 0 || finding->crash->stack.count > 0) {
        print_crash(finding, style, stream);
    }
    print_difference(&finding->difference, style, stream);
    print_leaks(finding, style, stream);
    if (style->again) {
        fprintf(stream, "    %sagain%s   %s\n", paint(style, BOLD), paint(style, PLAIN),
                style->again);
    }
}
