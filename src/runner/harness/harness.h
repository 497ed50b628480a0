// SPDX-License-Identifier: MIT
/** Test harnesses that run: what CTest and Meson know of the tests that they have started. */
#ifndef MF_RUNNER_HARNESS_HARNESS_H
#define MF_RUNNER_HARNESS_HARNESS_H

#include "runner/harness/testlist.h"

#include <stdbool.h>
#include <sys/types.h>

enum harness_kind {
    HARNESS_NONE,
    HARNESS_CTEST,
    HARNESS_MESON,
};

/** One of them, and its lists as they were read. */
struct harness {
    pid_t pid;
    enum harness_kind kind;
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

/** A command that runs, or has run. */
struct harness_command {
    /** Strings that follow each other, and how long they are in all. */
    const char *words;
    size_t size;
    /** Where it runs; NULL = unknown. */
    const char *directory;
};

/**
 * What a harness says of a process that it has started.
 *
 * @pid
 *         What may be a harness, or was one.
 * @own
 *         Its command line, and how long that is: strings that follow each other.
 * @match
 *         Filled; its limit is that of all tests together if it is not one of them. The name
 *         lives as long as `harnesses`.
 * @return
 *         Whether it is one.
 */
bool harness_ask(struct harnesses *harnesses, pid_t pid, const char *own, size_t own_size,
                 const struct harness_command *command, struct testlist_match *match);

/** The name of the test that is just that command, as all harnesses that were asked say it;
 * NULL = they do not, or not the same. It lives as long as they. */
const char *harness_recall(const struct harnesses *harnesses,
                           const struct harness_command *command);

/** Look once more for the lists of harnesses that run: one may have been elsewhere for a moment
 * when it was asked. */
void harness_retry(struct harnesses *harnesses);

/** Release them. */
void harness_destroy(struct harnesses *harnesses);

#endif
