// SPDX-License-Identifier: MIT
/**
 * Suppressions: findings that the user does not want counted, in the manner of valgrind's.
 *
 * A file has entries like this one; a line that begins with # is a comment:
 *
 *     {
 *         dash gives up where it has no memory
 *         outcome: aborted
 *         broke.module: dash
 *         failed.function: *alloc*
 *     }
 *
 * The first line is the entry's name, the others are conditions, which all must hold.
 * Patterns are those of policies: `*` and `?`.
 */
#ifndef MF_RUNNER_RESULTS_SUPPRESSIONS_H
#define MF_RUNNER_RESULTS_SUPPRESSIONS_H

#include "runner/trials/campaign.h"

/** A condition: what it asks for, and the pattern. */
struct suppression_condition {
    unsigned key;
    char *glob;
};

struct suppression {
    char *name;
    struct suppression_condition *conditions;
    size_t count;
    /** How many defects it suppressed, and how many failures ended in those. */
    size_t defects, failures;
};

struct suppressions {
    struct suppression *list;
    size_t count;
    /** Modules of which defects count; the option's patterns, borrowed. None = of all. */
    const char *const *modules;
    size_t module_count;
    /** Defects elsewhere, and the modules in which they broke, as many as fit: "a, b". */
    struct suppression elsewhere;
    char places[200];
};

/**
 * Read the files that the user names. What is wrong is told, with the line.
 *
 * @return
 *         0 on success, -1 on failure: suppressions_destroy() is to be called all the same.
 */
int suppressions_begin(struct suppressions *suppressions,
                       const struct campaign_options *options, const struct diag *diag);

/** Suppress those defects that an entry matches; 0 on success, -1 when memory ran out. */
int suppressions_apply(const struct campaign *campaign, struct defects *defects);

/** Tell what was suppressed, and with -v which entries matched nothing. */
void suppressions_print(const struct suppressions *suppressions, bool verbose,
                        FILE *stream);

/** Print an entry for each defect that counts, to be put into a file. */
void suppressions_propose(const struct campaign *campaign, const struct defects *defects,
                          FILE *stream);

/** Release them; fine on ones that are all zeroes. */
void suppressions_destroy(struct suppressions *suppressions);

#endif
