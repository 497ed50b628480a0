// SPDX-License-Identifier: MIT
/** Test harnesses that run: what CTest and Meson know of the tests that they have started. */
#ifndef MF_RUNNER_HARNESS_HARNESS_H
#define MF_RUNNER_HARNESS_HARNESS_H

#include "runner/harness/testlist.h"

#include <stdbool.h>
#include <sys/types.h>

/** One of them, and its lists as they were read. */
struct harness {
    pid_t pid;
    /** When it started: another process may get its number. */
    uint64_t started_ns;
    /** The folders whose lists were read. */
    char **folders;
    size_t folder_count;
    struct testlist tests;
    /** So many times longer are all limits, as the user says; 0 = there are none. */
    double times;
};

struct harnesses {
    struct harness **list;
    size_t count, room;
};

/**
 * What a harness says of a process that it has started.
 *
 * @pid
 *         What may be a harness.
 * @own
 *         Its command line, and how long that is: strings that follow each other.
 * @words
 *         The other one's, the same.
 * @match
 *         Filled; its limit is that of all tests together if it is not one of them. The name
 *         lives as long as `harnesses`.
 * @return
 *         Whether it is one.
 */
bool harness_ask(struct harnesses *harnesses, pid_t pid, const char *own, size_t own_size,
                 const char *words, size_t size, struct testlist_match *match);

/** The name of the test that is just that command, as all harnesses that were asked say it;
 * NULL = they do not, or not the same. It lives as long as they. */
const char *harness_recall(const struct harnesses *harnesses, const char *words,
                           size_t size);

/** Release them. */
void harness_destroy(struct harnesses *harnesses);

#endif
