// SPDX-License-Identifier: MIT
#include "runner/diagnose/signature.h"

#include "core/policy/mix.h"
#include "runner/diagnose/callname.h"
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
 * end if there is none. `length` is set to its own. */
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

/** The id of the function that a frame is in, wherever it stands there; 0 where there is no
 * such frame. */
static uint64_t signature_function(const struct named_stack *stack, size_t at,
                                   const struct modules *modules) {
    return at < stack->count ? function_id(&stack->frames[at], modules) : 0;
}

/** The symbol of a list at a depth, from the function that others are inlined into on; NULL
 * where it has none. */
static const struct symbol *at_depth(struct symbol_list list, size_t depth) {
    return depth < list.count ? &list.symbols[list.count - 1 - depth] : NULL;
}

/** How deep all of a loop's code is in the same inlined functions. */
static size_t common_depth(const struct raw_stack *code, struct symbols *symbols) {
    struct symbol_list first = symbols_find(symbols, code->frames[0], false);
    size_t depth = first.count - 1;
    for (size_t i = 1; i < code->count; i++) {
        struct symbol_list list = symbols_find(symbols, code->frames[i], false);
        size_t same = 0;
        while (same < depth && at_depth(list, same + 1) &&
               strcmp(own_name(at_depth(list, same + 1)),
                      own_name(at_depth(first, same + 1))) == 0) {
            same++;
        }
        depth = same;
    }
    return depth;
}

/** Whether a place is in front of another: by their lines, else by their addresses. */
static bool is_in_front(const struct named_frame *one, const struct named_frame *other) {
    int line = one->symbol->line, last = other->symbol->line;
    if (line != last) {
        return line > 0 && (last <= 0 || line < last);
    }
    return one->raw.offset < other->raw.offset;
}

uint64_t signature_loop(const struct crash *crash, struct symbols *symbols,
                        const struct modules *modules) {
    const struct raw_stack *code = &crash->loop_code;
    if (code->count == 0) {
        return 0;
    }
    size_t depth = common_depth(code, symbols);
    struct named_frame first = {{0, 0}, NULL};
    for (size_t i = 0; i < code->count; i++) {
        const struct named_frame frame = {
            code->frames[i],
            at_depth(symbols_find(symbols, code->frames[i], false), depth)};
        if (!first.symbol || is_in_front(&frame, &first)) {
            first = frame;
        }
    }
    return signature_place(&(struct named_stack){&first, 1, 1}, 0, modules);
}

uint64_t signature_hang(const struct finding *finding, const struct modules *modules) {
    const struct crash *crash = finding->crash;
    size_t at = finding->verdict.crash_site;
    const struct named_frame *site =
        at < finding->crash_stack.count ? &finding->crash_stack.frames[at] : NULL;
    const struct frame *loop = finding->loop ? &crash->stack.frames[crash->loop] : NULL;
    if (site && loop && site->raw.module == loop->module &&
        site->raw.offset == loop->offset) {
        return finding->loop;
    }
    // A loop is one wherever it was stopped, but who waits stands at one place.
    return crash->waits ? signature_place(&finding->crash_stack, at, modules)
                        : signature_function(&finding->crash_stack, at, modules);
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

uint64_t signature_report(const struct finding *finding) {
    // Many programs have a main.c.
    return finding->reported[0]
               ? mf_mix(text_id(finding->reported) ^ text_id(finding->crash->image))
               : 0;
}

uint64_t signature_of_end(const struct finding *finding) {
    uint64_t reported = signature_report(finding);
    uint64_t where = reported ? reported : finding->injection.stack_id;
    return mf_mix(mf_mix(where + MF_MIX_STEP) ^ finding->verdict.outcome);
}

/** Whether two frames are the same place. */
static bool is_same(const struct named_frame *one, const struct named_frame *other) {
    return one->raw.module == other->raw.module && one->raw.offset == other->raw.offset;
}

/** The first of a crash's frames that counts: how a sanitizer ends a program does not. */
static size_t first_frame(const struct finding *finding) {
    const struct raw_stack *stack = &finding->crash->stack;
    const struct named_stack *named = &finding->crash_stack;
    size_t site = finding->verdict.crash_site, at = 0;
    if (finding->verdict.class != CLASS_SANITIZER || site >= named->count) {
        return 0;
    }
    for (struct named_frame frame; at < stack->count; at++) {
        frame.raw = stack->frames[at];
        if (is_same(&frame, &named->frames[site])) {
            return at;
        }
    }
    return 0;
}

/** The id of frames of a crash. Which instruction of memcpy() or the like faults may depend on where
 * the stack lies: of the innermost frame only the module counts if it is a C library's. */
static uint64_t crash_stack_id(const struct modules *modules, const struct frame *frames,
                               size_t count) {
    const char *module = count > 1 ? modules_name(modules, frames[0].module) : NULL;
    if (!module || !callname_is_library(module)) {
        return modules_stack_id(modules, frames, count);
    }
    const struct frame whole = {frames[0].module, 0};
    return mf_mix(modules_stack_id(modules, frames + 1, count - 1) ^
                  modules_stack_id(modules, &whole, 1));
}

uint64_t signature_of_crash(const struct finding *finding,
                            const struct modules *modules) {
    const struct crash *crash = finding->crash;
    if (finding->reported[0]) {
        return signature_of_end(finding);
    }
    uint64_t where = 0;
    uint64_t injected = finding->injected ? finding->injection.stack_id : 0;
    enum crash_class class = finding->verdict.class;
    if (signature_is_recursion(finding)) {
        // Which of its allocations failed last is chance.
        where = signature_cycle(finding, modules);
        injected = 0;
    } else if (crash->signal != 0) {
        // What a signal has interrupted is chance.
        size_t first = first_frame(finding);
        size_t own = raw_stack_before_signal(&crash->stack);
        where = crash_stack_id(modules, crash->stack.frames + first,
                               own > first ? own - first : 0);
    } else {
        // By which way it came there does not count, nor which of the loop's allocations
        // failed last.
        where = signature_hang(finding, modules);
        injected = where ? 0 : injected;
        class = CLASS_HANG;
    }
    if (class == CLASS_INVALID_FREE && crash->heap.fault == HEAP_FAULT_NONE) {
        // As it was called before it was told apart.
        class = CLASS_HEAP_CORRUPTION;
    }
    uint64_t what = finding->verdict.outcome * OUTCOME_WEIGHT + class;
    return mf_mix(mf_mix(injected + MF_MIX_STEP) ^ mf_mix(what + 1) ^ where);
}

size_t signature_leak_frames(const struct finding *finding,
                             const struct modules *modules) {
    const struct named_stack *leak = &finding->leaks[0].stack;
    const struct named_stack *failed = &finding->injection_stack;
    size_t at = leak->count, other = failed->count;
    while (at > 0 && other > 0 &&
           is_same(&leak->frames[at - 1], &failed->frames[other - 1])) {
        at--;
        other--;
    }
    if (at == leak->count) {
        return leak->count;
    }
    if (at == 0) {
        // A loop somewhere in them comes to the same call: the call site, and who calls that.
        size_t near = finding->verdict.injection_site + 2;
        return near < leak->count ? near : leak->count;
    }
    bool same = other > 0 && function_id(&leak->frames[at - 1], modules) ==
                                 function_id(&failed->frames[other - 1], modules);
    return same ? at : at + 1;
}
