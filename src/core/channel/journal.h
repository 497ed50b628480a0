// SPDX-License-Identifier: MIT
/**
 * The journal of injections: appended to inside targets, read outside.
 *
 * Lock-free: a writer reserves an entry with one atomic addition and marks it ready when
 * it is filled. The first MF_JOURNAL_KEPT entries stay; the rest of the journal is a
 * ring, so that the latest ones are there, too. What was overwritten is counted. Both
 * sides may run at the same time. An entry may stand for several injections of one stack,
 * right behind each other: it is the first of them, and says how many more there were.
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

/** Count one more injection with an entry of the writer's own, from which it differs in
 * number, size and time only. */
void mf_journal_repeat(struct mf_injection *injection, uint64_t number, uint64_t size);

/** How many injections an entry stands for. Safe on hostile memory. */
static inline uint64_t mf_injection_count(const struct mf_injection *injection) {
    uint64_t repeats = atomic_load_explicit(&injection->repeats, memory_order_relaxed);
    return repeats < UINT32_MAX ? 1 + repeats : UINT32_MAX;
}

/**
 * Find the last so many injections.
 *
 * @cursor
 *         Where to begin with mf_journal_next(): as few entries as hold them.
 * @return
 *         Whether there were so many.
 */
bool mf_journal_tail(const struct mf_head *head, uint64_t injections, uint64_t *cursor);

/**
 * Go through the entries in the order they were reserved.
 *
 * @cursor
 *         Start at 0; advanced past the returned entry and past unready ones.
 * @copy
 *         Filled with a copy whose counts and indices are in range, for the target may go
 *         on writing.
 * @return
 *         Whether there was an entry.
 */
bool mf_journal_next(const struct mf_head *head, uint64_t *cursor,
                     struct mf_injection *copy);

/** How many injections were overwritten by later ones. */
uint64_t mf_journal_lost(const struct mf_head *head);

#endif
