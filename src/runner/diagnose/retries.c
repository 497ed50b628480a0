// SPDX-License-Identifier: MIT
#include "runner/diagnose/retries.h"

#include <signal.h>
#include <stdlib.h>

/** A stack with so many frames is a recursion without end. */
#define RECURSION_FRAMES 1000

/** A different stack at which one of the last allocations failed. */
struct tail_entry {
    uint64_t stack_id;
    struct frame frames[MF_FRAMES_MAX];
    size_t count;
};

/** The last failures of a run. */
struct tail {
    struct tail_entry *list;
    size_t count;
    /** How many failures that were; they are all of this thread. */
    size_t seen;
    int32_t pid, tid;
};

/** Take a failure into account; whether all of them can still tell of a loop. */
static bool add(struct tail *tail, const struct mf_head *head,
                const struct mf_injection *entry, struct modules *modules) {
    if (tail->seen == 0) {
        tail->pid = entry->pid;
        tail->tid = entry->tid;
    }
    tail->seen += mf_injection_count(entry);
    for (size_t i = 0; i < tail->count; i++) {
        if (tail->list[i].stack_id == entry->stack_id) {
            return tail->tid == entry->tid;
        }
    }
    if (tail->count == RETRIES_MAX) {
        return false;
    }
    struct tail_entry *into = &tail->list[tail->count++];
    into->stack_id = entry->stack_id;
    into->count = entry->frame_count;
    for (size_t i = 0; i < into->count; i++) {
        into->frames[i] = modules_enter(modules, head, &entry->frames[i]);
    }
    return tail->tid == entry->tid;
}

/** Gather the last failures; whether they may tell of a loop. */
static bool gather(struct tail *tail, const struct mf_head *head,
                   struct modules *modules) {
    uint64_t cursor;
    struct mf_injection entry;
    *tail = (struct tail){0};
    if (!mf_journal_tail(head, RETRIES_SEEN, &cursor) ||
        !(tail->list = calloc(RETRIES_MAX, sizeof(*tail->list)))) {
        return false;
    }
    // The run may go on, and has no end.
    while (tail->seen < RETRIES_SEEN && mf_journal_next(head, &cursor, &entry)) {
        if (!add(tail, head, &entry, modules)) {
            return false;
        }
    }
    return true;
}

static bool is_same(const struct frame *one, const struct frame *other) {
    return one->module == other->module && one->offset == other->offset;
}

/** How many frames of a failed stack lead up to the loop, that of its function included; 0
 * where it is not in the loop. */
static size_t frames_in_loop(const struct tail_entry *entry, const struct crash *crash) {
    if (crash->signal == SIGSEGV && crash->stack.count >= RECURSION_FRAMES) {
        return entry->count == MF_FRAMES_MAX ? MF_FRAMES_MAX : 0;
    }
    if (crash->signal != 0 || crash->loop + 1 >= crash->stack.count) {
        return 0;
    }
    const struct frame *caller = &crash->stack.frames[crash->loop + 1];
    for (size_t i = 1; i < entry->count; i++) {
        if (is_same(&entry->frames[i], caller)) {
            return i;
        }
    }
    return 0;
}

/** Whether an allocation is among those of a loop. */
static bool has(const struct retries *retries, uint64_t id) {
    size_t at = 0;
    while (at < retries->count && retries->list[at].id != id) {
        at++;
    }
    return at < retries->count;
}

/** Add a retried allocation, once; whether there is room. */
static bool note(struct retries *retries, struct retry retry) {
    if (has(retries, retry.id)) {
        return true;
    }
    if (retries->count == RETRIES_MAX) {
        return false;
    }
    retries->list[retries->count++] = retry;
    return true;
}

/** Whether a loop is among those that are known. */
static bool is_known(const struct retries_known *known, const struct retries *retries) {
    for (size_t i = 0; i < known->count; i++) {
        const struct retries *other = &known->list[i];
        size_t same = 0;
        for (size_t k = 0; k < retries->count; k++) {
            same += has(other, retries->list[k].id);
        }
        if (same == retries->count && same == other->count) {
            return true;
        }
    }
    return false;
}

void retries_learn(struct retries_known *known, const struct mf_head *head,
                   const struct crash *crash, struct modules *modules,
                   uint32_t sighting) {
    struct retries retries = {.sighting = sighting};
    struct tail tail;
    bool good = gather(&tail, head, modules) && tail.tid == crash->tid;
    for (size_t i = 0; good && i < tail.count; i++) {
        size_t frames = frames_in_loop(&tail.list[i], crash);
        const struct retry retry = {
            modules_stack_id(modules, tail.list[i].frames, frames), frames};
        good = frames > 0 && note(&retries, retry);
    }
    free(tail.list);
    good = good && !is_known(known, &retries);
    void *grown =
        good ? reallocarray(known->list, known->count + 1, sizeof(retries)) : NULL;
    if (grown) {
        known->list = grown;
        known->list[known->count++] = retries;
    }
}

/** Which of a loop's allocations a failed stack is; its count if it is not one of them. */
static size_t which(const struct retries *retries, const struct tail_entry *entry,
                    const struct modules *modules) {
    size_t at = 0;
    while (at < retries->count &&
           (retries->list[at].frames > entry->count ||
            modules_stack_id(modules, entry->frames, retries->list[at].frames) !=
                retries->list[at].id)) {
        at++;
    }
    return at;
}

/** Whether all that failed is a loop's, and all of the loop's has failed. */
static bool is_that(const struct retries *retries, const struct tail *tail,
                    const struct modules *modules) {
    bool seen[RETRIES_MAX] = {false};
    size_t count = 0;
    for (size_t i = 0; i < tail->count; i++) {
        size_t at = which(retries, &tail->list[i], modules);
        if (at == retries->count) {
            return false;
        }
        count += !seen[at];
        seen[at] = true;
    }
    return count == retries->count;
}

struct retries *retries_find(const struct retries_known *known,
                             const struct mf_head *head, struct modules *modules) {
    struct tail tail;
    struct retries *found = NULL;
    if (known->count == 0) {
        return found;
    }
    bool good = gather(&tail, head, modules);
    for (size_t i = 0; good && !found && i < known->count; i++) {
        if (!known->list[i].refuted && is_that(&known->list[i], &tail, modules)) {
            found = &known->list[i];
        }
    }
    free(tail.list);
    return found;
}

void retries_refute(struct retries_known *known, uint32_t sighting) {
    for (size_t i = 0; i < known->count; i++) {
        known->list[i].refuted |= known->list[i].sighting == sighting;
    }
}

void retries_destroy(struct retries_known *known) {
    free(known->list);
    *known = (struct retries_known){0};
}
