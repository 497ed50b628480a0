// SPDX-License-Identifier: MIT
#include "runner/diagnose/cause.h"

/** Whose injections are meant. */
enum whose {
    ITS_THREAD,
    ITS_PROCESS,
    ANYBODYS,
};

/** What the journal says of those that were there before the crash. */
static struct cause find_of(const struct mf_head *head, const struct crash *crash,
                            enum whose whose) {
    struct cause cause = {0};
    struct mf_injection entry;
    uint64_t cursor = 0;
    while (mf_journal_next(head, &cursor, &entry) && cursor <= crash->journal_used) {
        if ((whose != ANYBODYS && entry.pid != crash->pid) ||
            (whose == ITS_THREAD && entry.tid != crash->tid)) {
            continue;
        }
        bool same = cause.any && entry.stack_id == cause.injection.stack_id;
        cause.in_a_row = same ? cause.in_a_row + 1 : 1;
        cause.any = true;
        cause.injection = entry;
        cause.count++;
    }
    return cause;
}

struct cause cause_find(const struct mf_head *head, const struct crash *crash) {
    struct cause cause = find_of(head, crash, ITS_THREAD);
    if (!cause.any) {
        cause = find_of(head, crash, ITS_PROCESS);
    }
    if (!cause.any) {
        // One process can break by what another one hands on.
        cause = find_of(head, crash, ANYBODYS);
    }
    return cause;
}
