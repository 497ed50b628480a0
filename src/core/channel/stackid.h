// SPDX-License-Identifier: MIT
/**
 * The stack id: a 64-bit hash of a stack as (module, offset) pairs, recursion folded.
 *
 * Equal across ASLR, environment and runs, because a module goes in as its build id (or
 * base name, where it has none) and an address as its offset in the module. Equal however
 * deep a recursion is: of adjacent blocks of frames that go through the same functions,
 * only the innermost counts. (A tree of a million nodes that is built by recursion is a
 * few stacks then, not a million.)
 */
#ifndef MF_CORE_CHANNEL_STACKID_H
#define MF_CORE_CHANNEL_STACKID_H

#include "core/channel/channel.h"

/** How many frames of a stack count, from the innermost on: more are a runaway
 * recursion. */
#define MF_STACKID_DEPTH 256

/** The hash's start value: the id of an empty stack. */
#define MF_STACKID_START UINT64_C(0xcbf29ce484222325)

/** How many frames of a folded stack are compared with others; those behind go in as they
 * are. */
#define MF_STACKID_FOLDED 96

/** A stack id in the making. */
struct mf_stackid {
    uint64_t id;
    /** How many frames are left of those that were added. */
    unsigned count;
    /** A bit for each function that was met, by its hash. */
    uint64_t met;
    struct {
        uint64_t function;
        /** The id without this frame and those behind it. */
        uint64_t before;
    } frames[MF_STACKID_FOLDED];
};

/** A module's part in a stack id: a hash of its build id, or of its base name.
 * Never 0. */
uint64_t mf_stackid_module(const struct mf_module *module);

/**
 * Add one frame, innermost first.
 *
 * @id
 *         MF_STACKID_START or what the previous call returned.
 * @module
 *         mf_stackid_module() of the frame's module, 0 where it is unknown; then the
 *         offset is left out, for it would be an address.
 * @offset
 *         The return address less the module's load base.
 * @return
 *         The id of the stack so far. Pure.
 */
uint64_t mf_stackid_add(uint64_t id, uint64_t module, uint64_t offset);

/** Begin with an empty stack; `frames` may be anything. */
static inline void mf_stackid_begin(struct mf_stackid *stack) {
    stack->id = MF_STACKID_START;
    stack->count = 0;
    stack->met = 0;
}

/**
 * Add one frame, innermost first, and fold. Pure.
 *
 * @function
 *         A hash of the function that the frame is in; of the frame, where that is
 *         unknown.
 * @return
 *         The frame's index among those that are left; `count` grew to one more, unless
 *         it ended a block that was folded: then it is smaller.
 */
unsigned mf_stackid_push(struct mf_stackid *stack, uint64_t module, uint64_t offset,
                         uint64_t function);

#endif
