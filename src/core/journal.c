// SPDX-License-Identifier: MIT
#include "core/journal.h"

#include <string.h>

struct mf_injection *mf_journal_reserve(struct mf_head *head) {
    uint64_t at = atomic_fetch_add_explicit(&head->journal_used, 1, memory_order_relaxed);
    return at < MF_JOURNAL_MAX ? &head->journal[at] : NULL;
}

void mf_journal_publish(struct mf_injection *injection) {
    atomic_store_explicit(&injection->ready, 1, memory_order_release);
}

static uint64_t end(const struct mf_head *head) {
    uint64_t used = atomic_load_explicit(&head->journal_used, memory_order_relaxed);
    return used < MF_JOURNAL_MAX ? used : MF_JOURNAL_MAX;
}

bool mf_journal_next(const struct mf_head *head, uint64_t *cursor,
                     struct mf_injection *copy) {
    while (*cursor < end(head)) {
        const struct mf_injection *entry = &head->journal[(*cursor)++];
        if (!atomic_load_explicit(&entry->ready, memory_order_acquire)) {
            continue;
        }
        memcpy(copy, entry, sizeof(*copy));
        if (copy->frame_count > MF_FRAMES_MAX) {
            copy->frame_count = MF_FRAMES_MAX;
        }
        if (copy->process > MF_PROCESSES_MAX) {
            copy->process = MF_PROCESSES_MAX;
        }
        if (copy->rule >= MF_POLICY_RULES_MAX) {
            copy->rule = 0;
        }
        return true;
    }
    return false;
}

uint64_t mf_journal_lost(const struct mf_head *head) {
    uint64_t used = atomic_load_explicit(&head->journal_used, memory_order_relaxed);
    return used > MF_JOURNAL_MAX ? used - MF_JOURNAL_MAX : 0;
}
