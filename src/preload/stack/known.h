// SPDX-License-Identifier: MIT
/**
 * The cache of stacks: which rules' `stack` filters a whole stack satisfies.
 *
 * An entry keeps the words of memory that the walk used: the return addresses, and the
 * frame pointers of frames that are found by frame pointer. A stack is known if each of
 * these places holds the same word: a walk would go the same way, so nothing is guessed.
 * They are compared from the innermost one outwards, because the next one's place is valid
 * only while all before it are equal. Filled on demand, read and written by all threads
 * without a lock; safe in a signal handler.
 */
#ifndef MF_PRELOAD_STACK_KNOWN_H
#define MF_PRELOAD_STACK_KNOWN_H

#include "preload/stack/sites.h"
#include "walk.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/** The most words of a stack that is kept. */
#define MF_KNOWN_WORDS 47
/** The number of sets, a power of two, and of entries in each: those a stack can be in. */
#define MF_KNOWN_SETS 256
#define MF_KNOWN_WAYS 4

struct mf_known_stack {
    /** Odd while the entry is being written. */
    _Atomic uint64_t sequence;
    /** Where the walk began, the first address it returned, and the rules in force. */
    _Atomic uintptr_t base, caller;
    _Atomic uint32_t generation;
    _Atomic uint32_t count;
    _Atomic uint64_t rules;
    /** The words: their distances from the base, in words, and their values. */
    _Atomic uint16_t offsets[MF_KNOWN_WORDS];
    _Atomic uintptr_t values[MF_KNOWN_WORDS];
};

/** The words that a walk uses. */
struct mf_trail {
    /** Where it begins, and the first address that it returns. */
    uintptr_t base, caller;
    /** MF_KNOWN_WORDS + 1: there are too many, or they depend on something that may
     * change. */
    unsigned count;
    uint16_t offsets[MF_KNOWN_WORDS];
    uintptr_t values[MF_KNOWN_WORDS];
};

/** Begin a trail where mf_walk_begin() began. */
void mf_trail_begin(struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller);

/** Add a word that the walk uses. */
void mf_trail_add(struct mf_trail *trail, const uintptr_t *word);

/** Mark a trail that depends on something that may change: it must not be kept. */
static inline void mf_trail_spoil(struct mf_trail *trail) {
    trail->count = MF_KNOWN_WORDS + 1;
}

/** Whether a stack is the one that a trail was recorded from. Its frames must be alive, and
 * no module may have been unloaded meanwhile. */
bool mf_trail_holds(const struct mf_trail *trail, const struct mf_registers *start,
                    uintptr_t caller);

/**
 * Look a stack up. Its frames must be alive.
 *
 * @start
 *         The result of mf_walk_begin() in a function that is still running.
 * @sites
 *         The sites whose rules to look up.
 * @rules
 *         Bit N: the stack satisfies the filter of rule N.
 * @return
 *         Whether it is known.
 */
bool mf_known_find(const struct mf_sites *sites, const struct mf_registers *start,
                   uintptr_t caller, uint64_t *rules);

/**
 * Keep the result of a walk.
 *
 * @generation
 *         The generation of the sites before the walk began.
 */
void mf_known_keep(const struct mf_trail *trail, uint32_t generation, uint64_t rules);

#endif
