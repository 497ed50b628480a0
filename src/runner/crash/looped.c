// SPDX-License-Identifier: MIT
#include "runner/crash/looped.h"

static bool is_same_frame(const struct frame *one, const struct frame *other) {
    return one->module == other->module && one->offset == other->offset;
}

/** Whether the frames outside of two frames are the same, up to the first one that is in the
 * module of the looping function: that is called from the same place. */
static bool is_called_alike(const struct raw_stack *known, size_t loop,
                            const struct raw_stack *stack, size_t at) {
    uint32_t module = known->frames[loop].module;
    while (++loop < known->count) {
        if (++at >= stack->count ||
            !is_same_frame(&known->frames[loop], &stack->frames[at])) {
            return false;
        }
        if (known->frames[loop].module == module) {
            return true;
        }
    }
    return at + 1 == stack->count;
}

size_t looped_find(const struct crash *known, const struct raw_stack *stack) {
    size_t loop = known->loop;
    if (loop + 1 >= known->stack.count) {
        return SIZE_MAX;
    }
    for (size_t at = 0; at + 1 < stack->count; at++) {
        // It may stand in the function itself, or in what that calls.
        bool inside = at == 0 || (loop > 0 ? is_same_frame(&known->stack.frames[loop],
                                                           &stack->frames[at])
                                           : at == 1);
        if (inside && is_called_alike(&known->stack, loop, stack, at)) {
            return at;
        }
    }
    return SIZE_MAX;
}

/** Whether a frame is in the code of a loop. */
static bool is_in_code(const struct raw_stack *code, const struct frame *frame) {
    for (size_t i = 0; i < code->count; i++) {
        if (is_same_frame(&code->frames[i], frame)) {
            return true;
        }
    }
    return false;
}

bool looped_is_at(const struct crash *known, const struct raw_stack *stack) {
    if (looped_find(known, stack) != SIZE_MAX) {
        return true;
    }
    for (size_t at = 0; known->loop < known->stack.count && at < stack->count; at++) {
        if (is_in_code(&known->loop_code, &stack->frames[at]) &&
            is_called_alike(&known->stack, known->loop, stack, at)) {
            return true;
        }
    }
    return false;
}
