// SPDX-License-Identifier: MIT
/** Ends that are recognised at a glance (crash/glance.h), with their last outcome. */
#ifndef MF_RUNNER_TRIALS_GLIMPSES_H
#define MF_RUNNER_TRIALS_GLIMPSES_H

#include <stddef.h>
#include <stdint.h>

struct glimpse {
    /** 0 = a free place. */
    uint64_t glance;
    /** The index of a sighting, SIGHTINGS_NONE where clean runs get that signal, too; or
     * which word of the stack is to be read. */
    uint32_t value;
};

/** By hash, in a power of two of places. */
struct glimpses {
    struct glimpse *list;
    size_t count, room;
};

/** What is known of a glance; NULL = nothing. */
const struct glimpse *glimpses_find(const struct glimpses *glimpses, uint64_t glance);

/** Remember one; where memory runs out it is not, and will be looked at again. */
void glimpses_add(struct glimpses *glimpses, uint64_t glance, uint32_t value);

/** Forget all of them. */
void glimpses_destroy(struct glimpses *glimpses);

#endif
