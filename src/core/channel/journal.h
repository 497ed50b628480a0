// SPDX-License-Identifier: MIT
/**
 * The journal of injections: the target's processes append to it, the runner reads it.
 *
 * Lock-free: a writer reserves an entry with one atomic addition and marks it ready when
 * it is filled. The first MF_JOURNAL_KEPT entries are never overwritten; the rest of the
 * journal is a ring, so that it also has the latest ones. Overwritten entries are counted.
 * Both sides may run at the same time. An entry may stand for several consecutive injections
 * of one stack: it describes the first one, and says how many more there were.
 */
#ifndef MF_CORE_CHANNEL_JOURNAL_H
#define MF_CORE_CHANNEL_JOURNAL_H

#include "core/channel/channel.h"

/**
 * Reserve the next entry.
 *
 * @sequence
 *         Set to its place in the sequence, from 0.
 * @return
 *         The entry, to fill and then give to mf_journal_publish().
 */
struct mf_injection *mf_journal_reserve(struct mf_head *head, uint64_t *sequence);

/** Make a filled entry visible to readers. */
void mf_journal_publish(struct mf_injection *injection, uint64_t sequence);

/** The entry that was reserved last; NULL if there is none. */
struct mf_injection *mf_journal_latest(struct mf_head *head);

/** Add one more injection to an entry that the writer itself has published, and from which the
 * injection differs in number, size and time only. */
void mf_journal_repeat(struct mf_injection *injection, uint64_t number, uint64_t size);

/** How many injections an entry stands for. Safe on hostile memory. */
static inline uint64_t mf_injection_count(const struct mf_injection *injection) {
    uint64_t repeats = atomic_load_explicit(&injection->repeats, memory_order_relaxed);
    return repeats < UINT32_MAX ? 1 + repeats : UINT32_MAX;
}

/**
 * Find the last injections.
 *
 * @injections
 *         How many.
 * @cursor
 *         Set to where mf_journal_next() has to begin to return the fewest entries that
 *         contain them.
 * @return
 *         Whether there are as many.
 */
bool mf_journal_tail(const struct mf_head *head, uint64_t injections, uint64_t *cursor);

/**
 * Go through the entries in the order in which they were reserved.
 *
 * @cursor
 *         Start at 0; advanced past the returned entry and past unready ones.
 * @copy
 *         Filled with a copy whose counts and indices are in range even if the target writes
 *         to the entry at the same time.
 * @return
 *         Whether there was an entry.
 */
bool mf_journal_next(const struct mf_head *head, uint64_t *cursor,
                     struct mf_injection *copy);

/** How many injections were overwritten by later ones. */
uint64_t mf_journal_lost(const struct mf_head *head);

#endif
