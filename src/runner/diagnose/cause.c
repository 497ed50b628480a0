// SPDX-License-Identifier: MIT
#include "runner/diagnose/cause.h"

#include "runner/diagnose/cycle.h"

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

/** Whether most failures before a hang came from one stack because an allocation was asked for
 * again and again, and not because a function called itself each time. */
static bool is_loop(const struct cause *cause, const struct crash *crash) {
    return crash->signal == 0 && cause->in_a_row > cause->count / 2 &&
           cycle_of(&crash->stack).repeats < CYCLE_ENDLESS;
}

/** Whether the first one tells more than the last: it made the others follow, and what broke
 * is not an allocation that was asked for again and again. */
static bool is_first_better(const struct cause *cause, const struct crash *crash,
                            enum cause_choice choice) {
    bool retried = cause->in_a_row == cause->count || is_loop(cause, crash);
    return cause->any && (choice == CAUSE_FIRST || (choice == CAUSE_FITTING && !retried));
}

/** What the journal says of those that were there before the crash. */
static struct cause find_of(const struct mf_head *head, const struct crash *crash,
                            enum whose whose, enum cause_choice choice) {
    struct cause cause = {0};
    struct mf_injection entry, first;
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
        if (!cause.any) {
            first = entry;
        }
        cause.any = true;
        cause.injection = entry;
        cause.count += count;
    }
    turn_to_last(&cause.injection);
    if (is_first_better(&cause, crash, choice)) {
        cause.injection = first;
    }
    return cause;
}

struct cause cause_find(const struct mf_head *head, const struct crash *crash,
                        enum cause_choice choice, struct modules *modules) {
    struct cause cause = find_of(head, crash, ITS_THREAD, choice);
    if (!cause.any) {
        cause = find_of(head, crash, ITS_PROCESS, choice);
    }
    if (!cause.any) {
        // One process can break by what another one hands on.
        cause = find_of(head, crash, ANYBODYS, choice);
    }
    for (uint32_t i = 0; cause.any && i < cause.injection.frame_count; i++) {
        cause.frames[i] = modules_enter(modules, head, &cause.injection.frames[i]);
    }
    return cause;
}
