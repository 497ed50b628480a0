// SPDX-License-Identifier: MIT
#include "runner/diagnose/signature.h"

#include "core/policy/mix.h"
#include "runner/util/path.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static uint64_t text_id(const char *text) {
    uint64_t id = MF_MIX_STEP;
    for (; *text; text++) {
        id = mf_mix(id ^ (unsigned char)*text);
    }
    return id;
}

/** Where a path's last name but one begins, what leads up and down again left out; the path's
 * end where there is none. `length` is set to its own. */
static const char *find_folder(const char *path, size_t *length) {
    size_t up = 0;
    const char *end = path_base(path);
    for (*length = 0; end > path;) {
        const char *start = end - 1;
        while (start > path && start[-1] != '/') {
            start--;
        }
        *length = (size_t)(end - 1 - start);
        if (*length == 2 && strncmp(start, "..", 2) == 0) {
            up++;
        } else if (*length > 0 && !(*length == 1 && *start == '.') && up-- == 0) {
            return start;
        }
        end = start;
    }
    *length = 0;
    return end;
}

/** The id of a source file: its name and its folder's, wherever that lies. Many programs have
 * a main.c, and two of them are two. */
static uint64_t file_id(const struct symbol *symbol) {
    char path[PATH_MAX];
    size_t length;
    bool whole = symbol->file[0] == '/' || !symbol->directory;
    snprintf(path, sizeof(path), "%s%s%s", whole ? "" : symbol->directory,
             whole ? "" : "/", symbol->file);
    const char *folder = find_folder(path, &length);
    uint64_t id = text_id(path_base(path));
    for (size_t i = 0; i < length; i++) {
        id = mf_mix(id ^ (unsigned char)folder[i]);
    }
    return id;
}

/** The id of a frame's function: by its name and file, or its module where that is not known;
 * or by where it begins. */
static uint64_t function_id(const struct named_frame *frame,
                            const struct modules *modules) {
    const char *name = frame->symbol->short_name;
    struct frame start = frame->raw;
    start.offset -= frame->symbol->displacement;
    if (!name) {
        return modules_stack_id(modules, &start, 1);
    }
    const char *module = modules_name(modules, frame->raw.module);
    uint64_t file =
        frame->symbol->file ? file_id(frame->symbol) : text_id(module ? module : "");
    return mf_mix(text_id(name) ^ file);
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
    return mf_mix(text_id(own_name(symbol)) ^
                  mf_mix(file_id(symbol) ^ (uint64_t)symbol->line));
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
