// SPDX-License-Identifier: MIT
/** What the runs of an exploration are given beside the policy: a reproducer says it, so
 * that a replay can give the same. */
#ifndef MF_RUNNER_TRIALS_CIRCUMSTANCES_H
#define MF_RUNNER_TRIALS_CIRCUMSTANCES_H

#include "runner/points/stacks.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct circumstances {
    /** What it reads as standard input, what runs before it, what judges it; NULL =
     * none. */
    const char *input, *prepare, *check;
    /** What is demanded of it; see judge.h. NULL = nothing. */
    const char *expect_status, *expect_message;
    bool strict;
    /** Whether it read from a pipe, of which nothing is kept. */
    bool piped;
    /** Whether it has a directory of its own. */
    bool scratch;
    /** Whether leaks are looked for; and the functions that allocate for their callers, as the
     * user named them. */
    bool leaks;
    struct stacks_globs wrappers;
    /** The watched files. */
    const char **watch;
    size_t watch_count;
    /** ns */
    uint64_t timeout_ns;
    /** How much it may write into one file; 0 is not written. */
    uint64_t file_max;
    /** The file that is executed, whatever its argument 0 says; NULL = the one that argument 0
     * leads to. */
    const char *program;
    /** Where it runs, and variables that it has beside the runner's, up to a NULL; NULL =
     * as the runner has it. */
    const char *directory;
    char *const *environment;
    /** Of a server: how to talk to it, and how long it may take to be ready; no `drive` = it
     * is none. */
    const char *ready, *drive, *health;
    uint64_t ready_ns;
};

/** Write them; a new reference, NULL when memory ran out. */
json_t *circumstances_json(const struct circumstances *circumstances);

/**
 * Read them.
 *
 * @circumstances
 *         Filled as far as the object has them; its texts are the object's, its lists
 *         are to be freed.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int circumstances_read(struct circumstances *circumstances, const json_t *object);

#endif
