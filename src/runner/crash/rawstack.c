// SPDX-License-Identifier: MIT
#include "runner/crash/rawstack.h"

#include <string.h>

void raw_stack_drop(struct raw_stack *stack, size_t count) {
    size_t dropped = count < stack->count ? count : stack->count - 1;
    size_t exact = 0;
    stack->count -= dropped;
    stack->shortened |= dropped > 0;
    memmove(stack->frames, stack->frames + dropped,
            stack->count * sizeof(stack->frames[0]));
    for (size_t i = 0; i < stack->exact_count; i++) {
        if (stack->exact[i] >= dropped) {
            stack->exact[exact++] = stack->exact[i] - dropped;
        }
    }
    stack->exact_count = exact;
}

void raw_stack_leave_out(struct raw_stack *stack, raw_stack_is_out is_out,
                         const void *context) {
    size_t kept = 0, exact = 0, next = 0;
    for (size_t i = 0; i < stack->count; i++) {
        bool is_exact = next < stack->exact_count && stack->exact[next] == i;
        next += is_exact;
        if (is_out(&stack->frames[i], context) && (kept > 0 || i + 1 < stack->count)) {
            continue;
        }
        if (is_exact) {
            stack->exact[exact++] = kept;
        }
        stack->frames[kept++] = stack->frames[i];
    }
    stack->shortened |= kept < stack->count;
    stack->count = kept;
    stack->exact_count = exact;
}

size_t raw_stack_before_signal(const struct raw_stack *stack) {
    for (size_t i = 0; i < stack->exact_count; i++) {
        if (stack->exact[i] > 0) {
            return stack->exact[i];
        }
    }
    return stack->count;
}

bool raw_stack_is_exact(const struct raw_stack *stack, size_t index) {
    for (size_t i = 0; i < stack->exact_count; i++) {
        if (stack->exact[i] == index) {
            return true;
        }
    }
    return false;
}
