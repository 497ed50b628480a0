// SPDX-License-Identifier: MIT
/**
 * The stack id: a 64-bit hash of a stack as (module, offset) pairs.
 *
 * Equal across ASLR, environment and runs, because a module goes in as its build id (or
 * base name, where it has none) and an address as its offset in the module.
 */
#ifndef MF_CORE_CHANNEL_STACKID_H
#define MF_CORE_CHANNEL_STACKID_H

#include "core/channel/channel.h"

/** How many frames of a stack count, from the innermost on: more are a runaway
 * recursion. */
#define MF_STACKID_DEPTH 256

/** The hash's start value: the id of an empty stack. */
#define MF_STACKID_START UINT64_C(0xcbf29ce484222325)

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

#endif
