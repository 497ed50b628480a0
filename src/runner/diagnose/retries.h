// SPDX-License-Identifier: MIT
/**
 * What a program that does not come to an end allocates again and again, by the journal:
 * by this another run shows early that it is in the same loop, or recursion, without being
 * stopped.
 */
#ifndef MF_RUNNER_DIAGNOSE_RETRIES_H
#define MF_RUNNER_DIAGNOSE_RETRIES_H

#include "core/channel/journal.h"
#include "runner/code/modules.h"
#include "runner/crash/facts.h"

/** So many failures in a row tell it. */
#define RETRIES_SEEN 1024
/** The most different allocations that a loop may have. */
#define RETRIES_MAX 64

/** The allocations that fail in one loop, each by its frames up to the function with the
 * loop; of a recursion by all that are known. */
struct retries {
    struct retry {
        uint64_t id;
        size_t frames;
    } list[RETRIES_MAX];
    size_t count;
    /** What was made of the run that showed it. */
    uint32_t sighting;
};

/** Those that are known. */
struct retries_known {
    struct retries *list;
    size_t count;
};

/**
 * Remember what a run retried that hung, or ran out of stack. Nothing is remembered where
 * it did anything else, too, or where memory ran out.
 *
 * @crash
 *         Where it was in the end.
 * @sighting
 *         What retries_find() is to return for it.
 */
void retries_learn(struct retries_known *known, const struct mf_head *head,
                   const struct crash *crash, struct modules *modules, uint32_t sighting);

/**
 * Find out whether a run has done nothing for a long time but retry all that is known of
 * one loop. It may go on meanwhile.
 *
 * @return
 *         What was made of the run that showed it; UINT32_MAX = it has not.
 */
uint32_t retries_find(const struct retries_known *known, const struct mf_head *head,
                      struct modules *modules);

/** Forget all of them. */
void retries_destroy(struct retries_known *known);

#endif
