// SPDX-License-Identifier: MIT
/**
 * The cache of stacks: which rules' `stack` filters a whole stack satisfies.
 *
 * An entry keeps the words of memory that the walk went by: the return addresses, and the
 * frame pointers of frames that are found by theirs. A stack is known where each of them
 * stands where it stood: a walk would go the same way, so nothing is guessed. They are
 * compared from the innermost on, for only what is equal so far says where the next one
 * lies. Filled on demand, read and written by all threads without a lock; safe in a signal
 * handler.
 */
#ifndef MF_PRELOAD_STACK_KNOWN_H
#define MF_PRELOAD_STACK_KNOWN_H

#include "preload/stack/sites.h"
#include "walk.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The words of the longest stack that is kept. */
#define MF_KNOWN_WORDS 47
/** A power of two; each stack has so many entries to be in. */
#define MF_KNOWN_SETS 256
#define MF_KNOWN_WAYS 4

struct mf_known_stack {
    /** Odd while it is written. */
    _Atomic uint64_t sequence;
    /** Where the walk began, the first address it showed, and under which rules. */
    _Atomic uintptr_t base, caller;
    _Atomic uint32_t generation;
    _Atomic uint32_t count;
    _Atomic uint64_t rules;
    /** The words: how many lie between them and the base, and what they hold. */
    _Atomic uint16_t offsets[MF_KNOWN_WORDS];
    _Atomic uintptr_t values[MF_KNOWN_WORDS];
};

/** The words that a walk goes by. */
struct mf_trail {
    /** Where it begins, and the first address that it shows. */
    uintptr_t base, caller;
    /** MF_KNOWN_WORDS + 1: they are too many or depend on what may change. */
    unsigned count;
    uint16_t offsets[MF_KNOWN_WORDS];
    uintptr_t values[MF_KNOWN_WORDS];
};

/** Begin a trail where mf_walk_begin() began. */
void mf_trail_begin(struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller);

/** Add a word that the walk goes by. */
void mf_trail_add(struct mf_trail *trail, const uintptr_t *word);

/** The trail leads to what may change: it is not to be kept. */
static inline void mf_trail_spoil(struct mf_trail *trail) {
    trail->count = MF_KNOWN_WORDS + 1;
}

/** Whether a stack is the one that left a trail. Its frames must be alive, and no module
 * may have gone meanwhile. */
bool mf_trail_holds(const struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller);

/**
 * Look a stack up. Its frames must be alive.
 *
 * @start
 *         What mf_walk_begin() said in the function that is still running.
 * @sites
 *         Whose rules are asked for.
 * @rules
 *         Bit N: the stack satisfies the filter of rule N.
 * @return
 *         Whether it is known.
 */
bool mf_known_find(const struct mf_sites *sites, const struct mf_registers *start,
                   uintptr_t caller, uint64_t *rules);

/**
 * Keep what was found out.
 *
 * @generation
 *         The sites' before the walk began.
 */
void mf_known_keep(const struct mf_trail *trail, uint32_t generation, uint64_t rules);

#endif
