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
    /** How many runs were found to do the same. */
    size_t found;
    /** Whether one of them came to an end by itself, so that this tells nothing. */
    bool refuted;
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
 *         What is known of the loop, until more is learnt; NULL = it has not.
 */
struct retries *retries_find(const struct retries_known *known,
                             const struct mf_head *head, struct modules *modules);

/** A run of a sighting's loop came to an end by itself. */
void retries_refute(struct retries_known *known, uint32_t sighting);

/** Forget all of them. */
void retries_destroy(struct retries_known *known);

#endif
