// SPDX-License-Identifier: MIT
#include "runner/diagnose/signature.h"

#include "core/policy/mix.h"
#include "runner/util/path.h"

#include <string.h>

static uint64_t text_id(const char *text) {
    uint64_t id = MF_MIX_STEP;
    for (; *text; text++) {
        id = mf_mix(id ^ (unsigned char)*text);
    }
    return id;
}

/** The id of a frame's function: by its name, or by where it begins. */
static uint64_t function_id(const struct named_frame *frame,
                            const struct modules *modules) {
    const char *name = frame->symbol->short_name;
    struct frame start = frame->raw;
    start.offset -= frame->symbol->displacement;
    return name ? text_id(name) : modules_stack_id(modules, &start, 1);
}

/** A function's own name: how much of its scope debug information tells depends on the
 * compiler. */
static const char *own_name(const struct symbol *symbol) {
    const char *name = symbol->short_name ? symbol->short_name : "";
    for (const char *at = name; (at = strstr(at, "::")) != NULL;) {
        at += strlen("::");
        name = *at ? at : name;
    }
    return name;
}

uint64_t signature_place(const struct named_stack *stack, size_t at,
                         const struct modules *modules) {
    if (at >= stack->count) {
        return 0;
    }
    const struct named_frame *frame = &stack->frames[at];
    const struct symbol *symbol = frame->symbol;
    if (!symbol->file || symbol->line <= 0) {
        return modules_stack_id(modules, &frame->raw, 1);
    }
    uint64_t file = text_id(path_base(symbol->file));
    return mf_mix(text_id(own_name(symbol)) ^ mf_mix(file ^ (uint64_t)symbol->line));
}

uint64_t signature_function(const struct named_stack *stack, size_t at,
                            const struct modules *modules) {
    return at < stack->count ? function_id(&stack->frames[at], modules) : 0;
}

uint64_t signature_cycle(const struct finding *finding, const struct modules *modules) {
    uint64_t ids[2 * CYCLE_LENGTH_MAX];
    uint64_t sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < finding->cycle.length && count < 2 * CYCLE_LENGTH_MAX; i++) {
        uint64_t id =
            signature_function(&finding->crash_stack, finding->cycle.start + i, modules);
        size_t same = 0;
        while (same < count && ids[same] != id) {
            same++;
        }
        if (same == count) {
            ids[count++] = id;
            sum += id;
        }
    }
    return sum;
}

bool signature_is_recursion(const struct finding *finding) {
    enum crash_class class = finding->verdict.class;
    return finding->cycle.length > 0 &&
           (class == CLASS_STACK_OVERFLOW || class == CLASS_ALLOCATOR_REENTRY);
}

uint64_t signature_of_crash(const struct finding *finding,
                            const struct modules *modules) {
    const struct crash *crash = finding->crash;
    uint64_t where = 0;
    uint64_t injected = finding->injected ? finding->injection.stack_id : 0;
    enum crash_class class = finding->verdict.class;
    if (signature_is_recursion(finding)) {
        // Which of its allocations failed last is chance.
        where = signature_cycle(finding, modules);
        injected = 0;
    } else if (crash->signal != 0) {
        where = modules_stack_id(modules, crash->stack.frames, crash->stack.count);
    } else {
        // By which way it came there does not count, nor which of the loop's allocations
        // failed last.
        where = signature_function(&finding->crash_stack, finding->verdict.crash_site,
                                   modules);
        injected = where ? 0 : injected;
        class = CLASS_HANG;
    }
    uint64_t what = finding->verdict.outcome * OUTCOME_WEIGHT + class;
    return mf_mix(mf_mix(injected + MF_MIX_STEP) ^ mf_mix(what + 1) ^ where);
}

uint64_t signature_of_end(const struct finding *finding) {
    return mf_mix(mf_mix(finding->injection.stack_id + MF_MIX_STEP) ^
                  finding->verdict.outcome);
}
