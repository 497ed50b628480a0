// SPDX-License-Identifier: MIT
/** The lists of tests that CTest and Meson keep in the folder where they run: they tell no
 * test its name, but which command it is. */
#ifndef MF_RUNNER_TARGET_TESTLIST_H
#define MF_RUNNER_TARGET_TESTLIST_H

#include <stddef.h>
#include <sys/types.h>

/**
 * The name of the test that a command is.
 *
 * @harness
 *         A process: where it is neither CTest nor Meson there is no name.
 * @words
 *         The command line of a child of it: strings that follow each other. A wrapper may
 *         stand in front, or the test's own may be gone.
 * @return
 *         To be freed; NULL = none, or two tests have that command, or memory ran out.
 */
char *testlist_find(pid_t harness, const char *words, size_t size);

#endif
