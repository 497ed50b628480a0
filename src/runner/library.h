// SPDX-License-Identifier: MIT
/** Where libmallocfail.so is. */
#ifndef MF_RUNNER_LIBRARY_H
#define MF_RUNNER_LIBRARY_H

#include "runner/diag.h"

/** The environment variable that names the library to preload. */
#define LIBRARY_VARIABLE "MALLOCFAIL_LIBRARY"

/**
 * Find the library: where MALLOCFAIL_LIBRARY says, beside the runner (a build tree), in
 * ../lib/mallocfail from there (an installation that was moved), where it was installed.
 * Failure is told to the user.
 *
 * @return
 *         Its absolute path, to be freed; NULL on failure.
 */
char *library_find(const struct diag *diag);

#endif
