// SPDX-License-Identifier: MIT
/** The environment that a target is started with. */
#ifndef MF_RUNNER_TARGET_ENVIRONMENT_H
#define MF_RUNNER_TARGET_ENVIRONMENT_H

#include <stdbool.h>

/** What a target needs beside the library. */
enum environment_kind {
    ENVIRONMENT_PLAIN,
    /** The user has LeakSanitizer look for leaks, which it cannot do in what is traced. */
    ENVIRONMENT_LEAK_CHECK,
    /** valgrind has to leave the library's malloc in place, and replace libc's. */
    ENVIRONMENT_VALGRIND,
    /** The library says nothing in processes of other users: a suite's output is its own. So
     * are the options of its sanitizers. */
    ENVIRONMENT_SUITE,
};

/** The most variables that are ours to set. */
#define ENVIRONMENT_OURS 10

struct environment {
    /** NAME=VALUE strings, NULL at the end. */
    char **list;
    /** Those of them that are to be freed. */
    char *ours[ENVIRONMENT_OURS];
};

/** Whether a target is traced: neither valgrind nor LeakSanitizer works where it is. */
static inline bool environment_is_traced(enum environment_kind kind) {
    return kind == ENVIRONMENT_PLAIN || kind == ENVIRONMENT_SUITE;
}

/** Whether the user's own options ask a sanitizer to look for leaks (detect_leaks=1). */
bool environment_asks_for_leaks(void);

/**
 * Build the environment: our own one, with the library and the channel in it, and options
 * for sanitizers in front of the user's own, which therefore win: what they find ends the
 * program by SIGABRT, except in a suite. Its size does not depend on the process or the descriptor, for
 * programs copy it to their heap.
 *
 * @library
 *         Goes before what the user preloads.
 * @channel
 *         The channel's `fd`.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int environment_init(struct environment *environment, const char *library, int channel,
                     enum environment_kind kind);

/** Release it. */
void environment_destroy(struct environment *environment);

#endif
