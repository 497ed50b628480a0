// SPDX-License-Identifier: MIT
/** A stack with names, inlined calls too. */
#ifndef MF_RUNNER_DIAGNOSE_NAMED_STACK_H
#define MF_RUNNER_DIAGNOSE_NAMED_STACK_H

#include "runner/code/symbol.h"
#include "runner/diagnose/outcome.h"

/** The most frames of a raw stack that are named; a call inlined there is one more. */
#define NAMED_STACK_MAX 192

struct named_frame {
    struct frame raw;
    /** Never NULL; its fields may be. */
    const struct symbol *symbol;
};

struct named_stack {
    /** Innermost first; owned. */
    struct named_frame *frames;
    size_t count;
    /** How many frames the raw stack had. */
    size_t total;
};

/**
 * Name the frames of a stack.
 *
 * @stack
 *         All zeroes; to be destroyed on failure, too.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int named_stack_make(struct named_stack *stack, struct symbols *symbols,
                     const struct raw_stack *raw);

/** The frames as outcome_judge() takes them; to be freed, NULL when memory ran out. */
struct outcome_frame *named_stack_plain(const struct named_stack *stack,
                                        const struct modules *modules);

/** The raw stack's cycle among the named frames, where inlined calls have moved it. */
struct cycle named_stack_cycle(const struct named_stack *stack, struct cycle raw);

/** The index of a raw frame among the named ones: of the function that others are inlined
 * into; 0 where it has none. */
size_t named_stack_function(const struct named_stack *stack, size_t raw);

/** Release it; fine on one that is all zeroes. */
void named_stack_destroy(struct named_stack *stack);

#endif
