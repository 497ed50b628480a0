// SPDX-License-Identifier: MIT
#include "runner/diagnose/cause.h"

/** Whose injections are meant. */
enum whose {
    ITS_THREAD,
    ITS_PROCESS,
    ANYBODYS,
};

/** Have an entry that stands for several injections be the last of them. */
static void turn_to_last(struct mf_injection *injection) {
    if (mf_injection_count(injection) > 1) {
        injection->number = injection->last_number;
        injection->size = injection->last_size;
    }
}

/** What the journal says of those that were there before the crash. */
static struct cause find_of(const struct mf_head *head, const struct crash *crash,
                            enum whose whose) {
    struct cause cause = {0};
    struct mf_injection entry;
    uint64_t cursor = 0, before = 0;
    for (; mf_journal_next(head, &cursor, &entry) && cursor <= crash->journal_used;
         before = cursor) {
        if ((whose != ANYBODYS && entry.pid != crash->pid) ||
            (whose == ITS_THREAD && entry.tid != crash->tid)) {
            continue;
        }
        bool same = cause.any && entry.stack_id == cause.injection.stack_id;
        // What was overwritten between two of one stack was that stack's.
        uint64_t lost = same ? cursor - before - 1 : 0;
        uint64_t count = lost + mf_injection_count(&entry);
        cause.in_a_row = same ? cause.in_a_row + count : count;
        cause.any = true;
        cause.injection = entry;
        cause.count += count;
    }
    turn_to_last(&cause.injection);
    return cause;
}

struct cause cause_find(const struct mf_head *head, const struct crash *crash,
                        struct modules *modules) {
    struct cause cause = find_of(head, crash, ITS_THREAD);
    if (!cause.any) {
        cause = find_of(head, crash, ITS_PROCESS);
    }
    if (!cause.any) {
        // One process can break by what another one hands on.
        cause = find_of(head, crash, ANYBODYS);
    }
    for (uint32_t i = 0; cause.any && i < cause.injection.frame_count; i++) {
        cause.frames[i] = modules_enter(modules, head, &cause.injection.frames[i]);
    }
    return cause;
}
