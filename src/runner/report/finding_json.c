// SPDX-License-Identifier: MIT
#include "runner/report/finding_json.h"

#include "runner/diagnose/signature.h"
#include "runner/target/signals.h"
#include "runner/util/json.h"

#include <stdlib.h>
#include <string.h>

static const char *access_name(enum access access) {
    static const char *const names[] = {[ACCESS_UNKNOWN] = NULL,
                                        [ACCESS_READ] = "read",
                                        [ACCESS_WRITE] = "write",
                                        [ACCESS_EXECUTE] = "execute"};
    return names[access];
}

static json_t *make_frame(const struct named_frame *frame,
                          const struct modules *modules) {
    const struct symbol *symbol = frame->symbol;
    json_t *object = json_object();
    int bad = json_put(object, "function", json_optional(symbol->function));
    bad |= json_put(object, "short_name", json_optional(symbol->short_name));
    bad |= json_put(object, "file", json_optional(symbol->file));
    bad |= json_put(object, "directory",
                    json_optional(symbol->file ? symbol->directory : NULL));
    bad |=
        json_put(object, "line", symbol->file ? json_integer(symbol->line) : json_null());
    bad |= json_put(object, "inlined", json_boolean(symbol->inlined));
    bad |= json_put(object, "module",
                    json_optional(modules_name(modules, frame->raw.module)));
    bad |= json_put(object, "offset", json_hex(frame->raw.offset));
    return json_finished(object, bad);
}

static json_t *make_stack(const struct named_stack *stack,
                          const struct modules *modules) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < stack->count; i++) {
        bad |= json_array_append_new(list, make_frame(&stack->frames[i], modules));
    }
    return json_finished(list, bad);
}

static json_t *make_site(const struct named_stack *stack, size_t at,
                         const struct modules *modules) {
    return at < stack->count ? make_frame(&stack->frames[at], modules) : json_null();
}

static json_t *make_cycle(const struct finding *finding) {
    if (finding->cycle.length == 0) {
        return json_null();
    }
    json_t *functions = json_array();
    int bad = 0;
    for (size_t i = 0; i < finding->cycle.length; i++) {
        size_t at = finding->cycle.start + i;
        if (at < finding->crash_stack.count) {
            const struct symbol *symbol = finding->crash_stack.frames[at].symbol;
            bad |= json_array_append_new(functions, json_optional(symbol->short_name));
        }
    }
    json_t *object = json_object();
    bad |= json_put(object, "repeats", json_count(finding->cycle.repeats));
    bad |= json_put(object, "start", json_count(finding->cycle.start));
    bad |= json_put(object, "length", json_count(finding->cycle.length));
    bad |= json_put(object, "functions", functions);
    return json_finished(object, bad);
}

static json_t *make_threads(const struct finding *finding,
                            const struct modules *modules) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < finding->thread_count; i++) {
        json_t *object = json_object();
        bad |= json_put(object, "tid", json_integer(finding->crash->threads[i].tid));
        bad |= json_put(object, "name", json_text(finding->crash->threads[i].name));
        bad |= json_put(object, "frames", make_stack(&finding->threads[i], modules));
        bad |= json_array_append_new(list, object);
    }
    return json_finished(list, bad);
}

static json_t *make_injection(const struct finding *finding,
                              const struct modules *modules) {
    const struct mf_injection *injection = &finding->injection;
    if (!finding->injected) {
        return json_null();
    }
    json_t *object = json_object();
    int bad = json_put(object, "function", json_text(mf_injection_function(injection)));
    bad |= json_put(object, "size", json_count(injection->size));
    if (mf_injection_error(injection)) {
        bad |= json_put(object, "errno", json_text(mf_injection_error(injection)));
    }
    bad |= json_put(object, "number", json_count(injection->number));
    bad |= json_put(object, "pid", json_integer(injection->pid));
    bad |= json_put(object, "thread", json_count(injection->thread));
    bad |= json_put(object, "stack_id", json_id(injection->stack_id));
    bad |= json_put(object, "frames", make_stack(&finding->injection_stack, modules));
    return json_finished(object, bad);
}

static json_t *make_difference(const struct finding_difference *difference) {
    if (!difference->where[0]) {
        return json_null();
    }
    json_t *object = json_object();
    int bad = json_put(object, "where", json_text(difference->where));
    bad |= json_put(object, "line",
                    difference->line ? json_count(difference->line) : json_null());
    bad |= json_put(object, "offset",
                    difference->line ? json_count(difference->offset) : json_null());
    bad |= json_put(object, "wanted", json_text(difference->wanted));
    bad |= json_put(object, "got", json_text(difference->got));
    return json_finished(object, bad);
}

static json_t *make_leaks(const struct finding *finding, const struct modules *modules) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < finding->leak_count; i++) {
        const struct finding_leak *leak = &finding->leaks[i];
        json_t *object = json_object();
        int worse = json_put(object, "blocks", json_count(leak->blocks));
        worse |= json_put(object, "bytes", json_count(leak->bytes));
        worse |= json_put(object, "frames", make_stack(&leak->stack, modules));
        bad |= json_array_append_new(list, json_finished(object, worse));
    }
    return json_finished(list, bad);
}

/** What descriptors that were left open refer to. */
static json_t *make_open(const struct finding_open *open) {
    json_t *list = json_array();
    int bad = 0;
    for (size_t i = 0; i < open->count && i < FINDING_LEAKS_MAX; i++) {
        bad |= json_array_append_new(list, json_text(open->names[i]));
    }
    return json_finished(list, bad);
}

/** All that was left, where it is told only in part, too. */
/** The last function that called for the first block and for the failed allocation. */
static json_t *make_leak_site(const struct finding *finding,
                              const struct modules *modules) {
    size_t count = finding->leak_count ? signature_leak_frames(finding, modules) : 0;
    return count ? make_site(&finding->leaks[0].stack, count - 1, modules) : json_null();
}

static json_t *make_leaked(const struct finding *finding) {
    if (finding->leaked_blocks == 0 && finding->open.count == 0) {
        return json_null();
    }
    json_t *object = json_object();
    int bad = json_put(object, "blocks", json_count(finding->leaked_blocks));
    bad |= json_put(object, "bytes", json_count(finding->leaked_bytes));
    bad |= json_put(object, "descriptors", json_count(finding->open.count));
    bad |= json_put(object, "open", make_open(&finding->open));
    return json_finished(object, bad);
}

/** Who allocated or freed a block. */
static json_t *make_trace(const struct heap_trace *trace, const struct named_stack *stack,
                          const struct modules *modules) {
    if (trace->count == 0) {
        return json_null();
    }
    json_t *object = json_object();
    int bad = json_put(object, "tid", json_integer(trace->tid));
    bad |= json_put(object, "frames", make_stack(stack, modules));
    return json_finished(object, bad);
}

/** What the page allocator knows. */
static json_t *make_heap(const struct finding *finding) {
    static const char *const finders[] = {[HEAP_FINDER_ACCESS] = "access",
                                          [HEAP_FINDER_FREE] = "free",
                                          [HEAP_FINDER_REALLOC] = "realloc",
                                          [HEAP_FINDER_EXIT] = "exit"};
    const struct heap_facts *heap = &finding->crash->heap;
    if (heap->fault == HEAP_FAULT_NONE) {
        return json_null();
    }
    bool known = heap->block_known;
    json_t *object = json_object();
    int bad = json_put(object, "found_by", json_text(finders[heap->finder]));
    bad |= json_put(object, "address", json_hex(heap->address));
    bad |= json_put(object, "size", known ? json_count(heap->size) : json_null());
    bad |= json_put(object, "offset", known ? json_integer(heap->offset) : json_null());
    return json_finished(object, bad);
}

/** What is known of the signal. */
static int put_signal(json_t *object, const struct crash *crash) {
    char name[32];
    bool any = crash->signal != 0;
    int bad = json_put(object, "signal", any ? json_integer(crash->signal) : json_null());
    bad |= json_put(object, "signal_name",
                    json_optional(any ? signals_name(crash->signal, name) : NULL));
    bad |= json_put(object, "code", any ? json_integer(crash->code) : json_null());
    bad |= json_put(object, "address",
                    crash->address_known ? json_hex(crash->address) : json_null());
    bad |= json_put(object, "access", json_optional(access_name(crash->access)));
    bad |= json_put(object, "sender",
                    crash->sender ? json_integer(crash->sender) : json_null());
    bad |= json_put(object, "pc", json_hex(crash->pc));
    bad |= json_put(object, "sp", json_hex(crash->sp));
    bad |= json_put(object, "stack_low", json_hex(crash->stack_low));
    bad |= json_put(object, "stack_high", json_hex(crash->stack_high));
    bad |= json_put(object, "abort_message", json_text(crash->abort_message));
    return bad;
}

json_t *finding_json(const struct finding *finding, const struct modules *modules,
                     const char *reproducer) {
    const struct outcome_verdict *verdict = &finding->verdict;
    const struct crash *crash = finding->crash;
    json_t *object = json_object();
    int bad = json_put(object, "signature", json_id(finding->signature));
    bad |= json_put(object, "outcome", json_text(outcome_name(verdict->outcome)));
    bad |= json_put(object, "class", json_text(outcome_class_name(verdict->class)));
    bad |= json_put(object, "detail", json_text(verdict->detail));
    bad |= json_put(object, "explanation", json_text(verdict->explanation));
    bad |= put_signal(object, crash);
    bad |= json_put(object, "pid", json_integer(crash->pid));
    bad |= json_put(object, "tid", json_integer(crash->tid));
    bad |= json_put(object, "thread_name", json_text(crash->thread_name));
    bad |= json_put(object, "image", json_text(crash->image));
    bad |= json_put(object, "frame_count", json_count(crash->stack.count));
    bad |= json_put(object, "cycle", make_cycle(finding));
    bad |= json_put(object, "crash_site",
                    make_site(&finding->crash_stack, verdict->crash_site, modules));
    bad |=
        json_put(object, "injection_site",
                 make_site(&finding->injection_stack, verdict->injection_site, modules));
    bad |= json_put(object, "frames", make_stack(&finding->crash_stack, modules));
    bad |= json_put(object, "heap", make_heap(finding));
    bad |= json_put(
        object, "allocated",
        make_trace(&crash->heap.allocation, &finding->allocation_stack, modules));
    bad |= json_put(object, "freed",
                    make_trace(&crash->heap.release, &finding->release_stack, modules));
    bad |= json_put(object, "threads", make_threads(finding, modules));
    bad |= json_put(object, "injection", make_injection(finding, modules));
    bad |= json_put(object, "injections", json_count(finding->injections));
    bad |= json_put(object, "difference", make_difference(&finding->difference));
    bad |= json_put(object, "leaked", make_leaked(finding));
    bad |= json_put(object, "leaks", make_leaks(finding, modules));
    bad |= json_put(object, "leak_site", make_leak_site(finding, modules));
    bad |= json_put(object, "reproducer", json_optional(reproducer));
    return json_finished(object, bad);
}
