// SPDX-License-Identifier: MIT
/** What a test harness calls the test that a process belongs to. */
#ifndef MF_RUNNER_HARNESS_TESTNAME_H
#define MF_RUNNER_HARNESS_TESTNAME_H

#include "runner/harness/harness.h"

/**
 * The name of the test.
 *
 * @environment
 *         The process's: strings that follow each other; NULL = it could not be read.
 * @size
 *         The bytes of all of them.
 * @return
 *         To be freed; NULL where no harness says it, a variable for it is empty, or memory
 *         ran out.
 */
char *testname_of(struct harnesses *harnesses, pid_t pid, const char *environment,
                  size_t size);

/** The same, as the environment alone has it; empty where the variable for it is. */
char *testname_in(const char *environment, size_t size);

/** A process as it was once. */
struct testname_process {
    pid_t pid, parent;
    /** Its command line: strings that follow each other; NULL = unknown. */
    const char *words;
    size_t size;
};

/**
 * The same without an environment: as the processes say it that a process comes from.
 *
 * @chain
 *         The process, its parent, and so on, as they were.
 * @directory
 *         Where it ran; NULL = unknown.
 */
char *testname_above(struct harnesses *harnesses, const struct testname_process *chain,
                     size_t count, const char *directory);

/** The name of the test that mallocfail itself is run by; the same. */
char *testname_own(void);

#endif
