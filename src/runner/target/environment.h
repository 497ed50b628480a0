// SPDX-License-Identifier: MIT
/** The environment that a target is started with. */
#ifndef MF_RUNNER_TARGET_ENVIRONMENT_H
#define MF_RUNNER_TARGET_ENVIRONMENT_H

/** What a target needs beside the library. */
enum environment_kind {
    ENVIRONMENT_PLAIN,
    /** AddressSanitizer has to accept a library before its own. */
    ENVIRONMENT_ASAN,
    /** valgrind has to leave the library's malloc in place, and replace libc's. */
    ENVIRONMENT_VALGRIND,
};

/** How many variables are ours to set. */
#define ENVIRONMENT_OURS 3

struct environment {
    /** NAME=VALUE strings, NULL at the end. */
    char **list;
    /** Those of them that are to be freed. */
    char *ours[ENVIRONMENT_OURS];
};

/**
 * Build the environment: our own one, with the library and the channel in it. Its size
 * does not depend on the process or the descriptor, for programs copy it to their heap.
 *
 * @library
 *         Goes before what the user preloads.
 * @channel
 *         The channel's descriptor in this process.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int environment_init(struct environment *environment, const char *library, int channel,
                     enum environment_kind kind);

/** Release it. */
void environment_destroy(struct environment *environment);

#endif
