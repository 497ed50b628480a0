// SPDX-License-Identifier: MIT
/**
 * The stack id: a 64-bit hash of a stack as (module, offset) pairs, recursion folded.
 *
 * It does not depend on ASLR, the environment or the run, because the hash uses the build id of
 * a module (or its base name and code, if it has none) and the offset in the module instead of the
 * address. Nor does it depend on the depth of a recursion: of adjacent blocks of frames that go
 * through the same functions, only the innermost counts. (So a tree of a million nodes that is
 * built by recursion has a few stacks, not a million.)
 */
#ifndef MF_CORE_CHANNEL_STACKID_H
#define MF_CORE_CHANNEL_STACKID_H

#include "core/channel/channel.h"

/** How many frames of a stack count, from the innermost on. Deeper stacks are endless
 * recursions. */
#define MF_STACKID_DEPTH 256

/** The hash's start value: the id of an empty stack. */
#define MF_STACKID_START UINT64_C(0xcbf29ce484222325)

/** How many frames of a folded stack are compared to find a recursion; later frames are added
 * without folding. */
#define MF_STACKID_FOLDED 96

/** A stack id that is being computed. */
struct mf_stackid {
    uint64_t id;
    /** How many of the added frames remain after folding. */
    unsigned count;
    /** A bit for each function that was added, by its hash. */
    uint64_t met;
    struct {
        uint64_t function;
        /** The id without this frame and those added after it. */
        uint64_t before;
    } frames[MF_STACKID_FOLDED];
};

/** A hash of a module's build id, or of its base name. Never 0. */
uint64_t mf_stackid_file(const struct mf_module *module);

/** A module's part in a stack id: a hash of its build id, or of its base name and its code.
 * Never 0. */
uint64_t mf_stackid_module(const struct mf_module *module);

/**
 * Add one frame, innermost first.
 *
 * @id
 *         MF_STACKID_START or what the previous call returned.
 * @module
 *         mf_stackid_module() of the frame's module, or 0 if it is unknown; then the offset
 *         does not count, because it would be an address.
 * @offset
 *         The return address less the module's load base.
 * @return
 *         The id of the stack so far. Pure.
 */
uint64_t mf_stackid_add(uint64_t id, uint64_t module, uint64_t offset);

/** Begin with an empty stack. Does not initialise `frames`. */
static inline void mf_stackid_begin(struct mf_stackid *stack) {
    stack->id = MF_STACKID_START;
    stack->count = 0;
    stack->met = 0;
}

/**
 * Add one frame, innermost first, and fold. Changes only `stack`.
 *
 * @function
 *         A hash of the function that the frame is in, or of the frame if the function is
 *         unknown.
 * @return
 *         The frame's index among those that remain. `count` is one more than this, unless
 *         the frame ended a block that was folded: then it is less.
 */
unsigned mf_stackid_push(struct mf_stackid *stack, uint64_t module, uint64_t offset,
                         uint64_t function);

#endif
