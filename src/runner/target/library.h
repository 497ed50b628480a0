// SPDX-License-Identifier: MIT
/** Where libmallocfail.so is. */
#ifndef MF_RUNNER_TARGET_LIBRARY_H
#define MF_RUNNER_TARGET_LIBRARY_H

#include "runner/target/clibrary.h"
#include "runner/util/diag.h"

/** The environment variable that names the library to preload. */
#define LIBRARY_VARIABLE "MALLOCFAIL_LIBRARY"

/**
 * Find the library: where MALLOCFAIL_LIBRARY says, beside the runner (a build tree), in
 * ../lib/mallocfail from there (an installation that was moved), where it was installed.
 * In each of these a folder named after the program's C library ("musl") comes first: a
 * library for another one than the runner's lies there. Failure is told to the user.
 *
 * @clibrary
 *         The C library of the program that it is for.
 * @return
 *         Its absolute path, to be freed; NULL on failure.
 */
char *library_find(enum clibrary clibrary, const struct diag *diag);

#endif
