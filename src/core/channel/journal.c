// SPDX-License-Identifier: MIT
#include "core/channel/journal.h"

#include <string.h>

/** Where the entry with this place in the sequence lies. */
static uint64_t place(uint64_t sequence) {
    const uint64_t ring = MF_JOURNAL_MAX - MF_JOURNAL_KEPT;
    return sequence < MF_JOURNAL_KEPT ? sequence : MF_JOURNAL_KEPT + sequence % ring;
}

struct mf_injection *mf_journal_reserve(struct mf_head *head, uint64_t *sequence) {
    *sequence = atomic_fetch_add_explicit(&head->journal_used, 1, memory_order_relaxed);
    struct mf_injection *entry = &head->journal[place(*sequence)];
    // A process that was just cloned has none of the journal mapped, and what is read comes
    // in by 16 pages at a time, what is written by one.
    (void)atomic_load_explicit(&entry->ready, memory_order_relaxed);
    atomic_store_explicit(&entry->ready, 0, memory_order_relaxed);
    atomic_store_explicit(&entry->repeats, 0, memory_order_relaxed);
    // Whoever sees any of what is filled in now sees that it is not ready.
    atomic_thread_fence(memory_order_release);
    return entry;
}

void mf_journal_publish(struct mf_injection *injection, uint64_t sequence) {
    atomic_store_explicit(&injection->ready, (uint32_t)(sequence + 1),
                          memory_order_release);
}

struct mf_injection *mf_journal_latest(struct mf_head *head) {
    uint64_t used = atomic_load_explicit(&head->journal_used, memory_order_relaxed);
    return used > 0 ? &head->journal[place(used - 1)] : NULL;
}

void mf_journal_repeat(struct mf_injection *injection, uint64_t number, uint64_t size) {
    atomic_store_explicit(&injection->last_number, number, memory_order_relaxed);
    atomic_store_explicit(&injection->last_size, size, memory_order_relaxed);
    // Only the writer itself changes it.
    uint64_t repeats = atomic_load_explicit(&injection->repeats, memory_order_relaxed);
    atomic_store_explicit(&injection->repeats, repeats + 1, memory_order_release);
}

bool mf_journal_tail(const struct mf_head *head, uint64_t injections, uint64_t *cursor) {
    uint64_t at = atomic_load_explicit(&head->journal_used, memory_order_relaxed);
    uint64_t count = 0;
    while (at > 0 && count < injections) {
        const struct mf_injection *entry = &head->journal[place(--at)];
        uint32_t ready = atomic_load_explicit(&entry->ready, memory_order_acquire);
        // What it was before, in another turn of the ring, does not count.
        count += ready == (uint32_t)(at + 1) ? mf_injection_count(entry) : 1;
    }
    *cursor = at;
    return count >= injections;
}

/** Bring a copied entry's numbers into range. */
static void bound(struct mf_injection *copy) {
    if (copy->frame_count > MF_FRAMES_MAX) {
        copy->frame_count = MF_FRAMES_MAX;
    }
    if (copy->process > MF_PROCESSES_MAX) {
        copy->process = MF_PROCESSES_MAX;
    }
    if (copy->rule > MF_RULE_CONTROL) {
        copy->rule = 0;
    }
    copy->own[sizeof(copy->own) - 1] = '\0';
}

/** How many of so many entries are overwritten. */
static uint64_t lost_of(uint64_t used) {
    return used > MF_JOURNAL_MAX ? used - MF_JOURNAL_MAX : 0;
}

/** Step over what was overwritten, right behind the entries that stay. */
static void skip_lost(uint64_t used, uint64_t *cursor) {
    uint64_t lost = lost_of(used);
    if (*cursor >= MF_JOURNAL_KEPT && *cursor < MF_JOURNAL_KEPT + lost) {
        *cursor = MF_JOURNAL_KEPT + lost;
    }
}

bool mf_journal_next(const struct mf_head *head, uint64_t *cursor,
                     struct mf_injection *copy) {
    uint64_t used = atomic_load_explicit(&head->journal_used, memory_order_relaxed);
    for (skip_lost(used, cursor); *cursor < used; skip_lost(used, cursor)) {
        uint64_t sequence = (*cursor)++;
        const struct mf_injection *entry = &head->journal[place(sequence)];
        uint32_t ready = atomic_load_explicit(&entry->ready, memory_order_acquire);
        if (ready != (uint32_t)(sequence + 1)) {
            continue;
        }
        memcpy(copy, entry, sizeof(*copy));
        // A writer that has come round to it meanwhile has taken its mark away first.
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&entry->ready, memory_order_relaxed) == ready) {
            bound(copy);
            return true;
        }
    }
    return false;
}

uint64_t mf_journal_lost(const struct mf_head *head) {
    return lost_of(atomic_load_explicit(&head->journal_used, memory_order_relaxed));
}
