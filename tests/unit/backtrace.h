// SPDX-License-Identifier: MIT
/**
 * Stacks out of texts as backtraces are: a frame a line, innermost first, as
 * "function + offset|module|file:line"; what is left out is unknown.
 */
#ifndef MF_TESTS_BACKTRACE_H
#define MF_TESTS_BACKTRACE_H

#include "runner/diagnose/outcome.h"

#define FRAMES_MAX 200

/** Frames that point into their text. */
struct stack {
    char text[20000];
    struct outcome_frame frames[FRAMES_MAX];
    uint64_t keys[FRAMES_MAX];
    size_t count;
};

/** Read a stack; `text` may be empty. */
void read_stack(struct stack *stack, const char *text);

#endif
