// SPDX-License-Identifier: MIT
#include "runner/breakpoint/callstack.h"

#include "core/policy/glob.h"
#include "core/policy/mix.h"
#include "runner/breakpoint/machine.h"
#include "runner/code/demangle.h"

#include <stdlib.h>
#include <string.h>

/** Turn to a thread; 0 on success. */
static int turn_to(struct callstack *stack, pid_t pid, pid_t tid) {
    struct stopped *stopped = &stack->view.stopped;
    if (stack->pid == pid) {
        if (stopped_look_again(stopped) != 0) {
            return -1;
        }
    } else if (view_turn_to(&stack->view, pid, &stack->modules) != 0) {
        stack->pid = 0;
        return -1;
    }
    stack->pid = pid;
    return stopped_turn_to(stopped, tid);
}

/** Make the registers what they will be behind the call. */
static bool step_out(struct stopped *stopped) {
    struct registers *registers = &stopped->registers;
    registers_place(registers, registers->pc, machine_sp_at_entry(registers->sp));
    return registers_return(registers, stopped->memory);
}

/** The functions of a module; NULL where they are not those that are at hand. */
static const struct functions *functions_at(struct callstack *stack, uint32_t module) {
    if (!stack->functions_open && module < stack->modules.count &&
        stack->modules.entries[module].path[0] == '/') {
        functions_open(&stack->functions, &stack->modules.entries[module]);
        stack->functions_of = module;
        stack->functions_open = true;
    }
    return stack->functions_open && stack->functions_of == module && stack->functions.file
               ? &stack->functions
               : NULL;
}

/** A number for the function that a frame is in. */
static uint64_t function_of(struct callstack *stack, const struct frame *frame,
                            uint64_t key) {
    const struct functions *functions = functions_at(stack, frame->module);
    struct function_range range;
    bool known = functions &&
                 functions_find(functions, functions->base + frame->offset - 1, &range);
    return mf_mix(key ^ (known ? range.low : frame->offset));
}

/** Make the stack id, and see which frames are left. */
static void fold(struct callstack *stack) {
    struct mf_stackid id;
    mf_stackid_begin(&id);
    for (size_t i = 0; i < stack->raw.count && i < MF_STACKID_DEPTH; i++) {
        const struct frame *frame = &stack->raw.frames[i];
        bool known = frame->module < stack->modules.count;
        uint64_t key =
            known ? mf_stackid_module(&stack->modules.entries[frame->module]) : 0;
        unsigned at =
            mf_stackid_push(&id, key, frame->offset, function_of(stack, frame, key));
        if (at < MF_FRAMES_MAX) {
            stack->left[at] = i;
        }
    }
    stack->id = id.id;
    stack->left_count = id.count < MF_FRAMES_MAX ? id.count : MF_FRAMES_MAX;
}

int callstack_walk(struct callstack *stack, pid_t pid, pid_t tid) {
    struct stopped *stopped = &stack->view.stopped;
    free(stack->raw.frames);
    stack->raw = (struct raw_stack){0};
    stack->left_count = 0;
    stack->id = 0;
    if (turn_to(stack, pid, tid) != 0 || !step_out(stopped)) {
        return -1;
    }
    // As all callers are looked up: by what lies in front of the return address.
    stopped->registers.pc--;
    struct unwind *unwind = view_unwind(&stack->view);
    int result = unwind ? unwind_walk(unwind, MF_STACKID_DEPTH, &stack->raw) : -1;
    if (result == 0) {
        stack->raw.frames[0].offset++;
        fold(stack);
    }
    return result;
}

void callstack_forget(struct callstack *stack) {
    stack->pid = 0;
}

/** Find or enter a module among those of the channel. */
static uint32_t share(struct mf_head *head, const struct mf_module *module) {
    struct mf_module there;
    uint32_t used = atomic_load(&head->modules_used);
    for (uint32_t i = 0; i < used && i < MF_MODULES_MAX; i++) {
        if (modules_copy(head, i, &there) && strcmp(there.path, module->path) == 0 &&
            there.build_id_length == module->build_id_length &&
            memcmp(there.build_id, module->build_id, MF_BUILD_ID_MAX) == 0) {
            return i;
        }
    }
    uint32_t at = atomic_fetch_add(&head->modules_used, 1);
    if (at < MF_MODULES_MAX) {
        struct mf_module *entry = &head->modules[at];
        entry->build_id_length = module->build_id_length;
        memcpy(entry->build_id, module->build_id, sizeof(entry->build_id));
        memcpy(entry->path, module->path, strlen(module->path) + 1);
        atomic_store_explicit(&entry->ready, 1, memory_order_release);
    }
    return at;
}

/** Where a module is among those of the channel. */
static uint32_t shared_of(struct callstack *stack, struct mf_head *head,
                          uint32_t module) {
    const size_t room = sizeof(stack->shared) / sizeof(stack->shared[0]);
    if (module >= stack->modules.count) {
        return MF_MODULES_MAX;
    }
    if (module >= room) {
        return share(head, &stack->modules.entries[module]);
    }
    if (!stack->shared[module]) {
        stack->shared[module] = share(head, &stack->modules.entries[module]) + 1;
    }
    return stack->shared[module] - 1;
}

unsigned callstack_write(struct callstack *stack, struct mf_head *head, bool folded,
                         struct mf_frame frames[MF_FRAMES_MAX]) {
    size_t count = folded ? stack->left_count : stack->raw.count;
    count = count < MF_FRAMES_MAX ? count : MF_FRAMES_MAX;
    for (size_t i = 0; i < count; i++) {
        const struct frame *frame = &stack->raw.frames[folded ? stack->left[i] : i];
        frames[i].module = shared_of(stack, head, frame->module);
        frames[i].offset = frame->offset;
    }
    return (unsigned)count;
}

/** Whether a pattern matches the name of a function, as the linker has it or as people do. */
static bool name_matches(const char *pattern, const char *linkage) {
    if (mf_glob_match(pattern, linkage)) {
        return true;
    }
    char *name = demangle(linkage);
    bool matches = name && mf_glob_match(pattern, name);
    if (name && !matches) {
        demangle_shorten(name);
        matches = mf_glob_match(pattern, name);
    }
    free(name);
    return matches;
}

bool callstack_holds(struct callstack *stack, const struct mf_place *place,
                     size_t frame) {
    const struct frame *at = frame < stack->raw.count ? &stack->raw.frames[frame] : NULL;
    const char *module = at ? modules_name(&stack->modules, at->module) : NULL;
    if (!module || (place->module[0] && !mf_glob_match(place->module, module))) {
        return false;
    }
    if (!place->function[0]) {
        return true;
    }
    const struct functions *functions = functions_at(stack, at->module);
    const char *name =
        functions ? functions_name(functions, functions->base + at->offset - 1) : NULL;
    return name && name_matches(place->function, name);
}

bool callstack_is_cut(const struct callstack *stack) {
    bool cut = stack->raw.cut;
    for (size_t i = 0; i < stack->raw.count && !cut; i++) {
        cut = stack->raw.frames[i].module >= stack->modules.count;
    }
    return cut;
}

void callstack_destroy(struct callstack *stack) {
    free(stack->raw.frames);
    view_destroy(&stack->view);
    modules_destroy(&stack->modules);
    functions_close(&stack->functions);
    *stack = (struct callstack){0};
}
