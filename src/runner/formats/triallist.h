// SPDX-License-Identifier: MIT
/**
 * The trials of results, one at a time: as JSON they take ten times what a campaign keeps
 * of them, and they are many.
 */
#ifndef MF_RUNNER_FORMATS_TRIALLIST_H
#define MF_RUNNER_FORMATS_TRIALLIST_H

#include <jansson.h>
#include <stdio.h>

struct triallist {
    /** Where they come from; not owned. */
    const void *from;
    /** How many there may be. */
    size_t count;
    /** One of them: a new reference, JSON's null if there is none there, NULL when
     * memory ran out. */
    json_t *(*get)(const void *from, size_t at);
};

/** The elements of an array, which may be NULL. */
struct triallist triallist_of(const json_t *array);

/**
 * Write a document that may have a member `trials`: indented, but each trial on a line.
 *
 * @trials
 *         What to write there instead of what the document has; NULL = what it has.
 * @return
 *         0 on success, -1 with errno.
 */
int triallist_write(const json_t *document, const struct triallist *trials, FILE *stream);

#endif
