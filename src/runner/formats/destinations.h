// SPDX-License-Identifier: MIT
/** Where reports go: what --report FORMAT:FILE says, as often as it is given. */
#ifndef MF_RUNNER_FORMATS_DESTINATIONS_H
#define MF_RUNNER_FORMATS_DESTINATIONS_H

#include "runner/formats/formats.h"
#include "runner/util/diag.h"

/** A report that was asked for. */
struct destination {
    const struct format *format;
    /** NULL = stdout, "-" = stderr. */
    const char *path;
};

struct destinations {
    struct destination *list;
    size_t count;
    /** The root of the sources; NULL = to be guessed. */
    const char *sources;
};

/**
 * Add what an option says.
 *
 * @argument
 *         "FORMAT:FILE"; outlives the list.
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int destinations_add(struct destinations *destinations, const char *argument,
                     const struct diag *diag);

/** Have "-" mean the standard output, not the standard error: where targets have another
 * one. */
void destinations_use_stdout(struct destinations *destinations);

/** Whether one of the formats is drawn from the single trials, too. */
bool destinations_want_trials(const struct destinations *destinations);

/** Write a document to one; 0 on success, -1 on failure with the user told. */
int destination_write(const struct destination *destination,
                      const struct document *document, const struct diag *diag);

/** Whether all can be written, as far as that can be known before; 0 if so, -1 if not
 * with the user told. */
int destinations_try(const struct destinations *destinations, const struct diag *diag);

/**
 * Write a document to all.
 *
 * @root
 *         The document's value; taken over; NULL = memory ran out.
 * @directory
 *         The results directory; NULL = none.
 * @return
 *         As destination_write().
 */
int destinations_write(const struct destinations *destinations, json_t *root,
                       const char *directory, const struct diag *diag);

/** Release the list. */
void destinations_destroy(struct destinations *destinations);

#endif
