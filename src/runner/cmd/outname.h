// SPDX-License-Identifier: MIT
/** The name of a results directory as users write it, for several programs at once. */
#ifndef MF_RUNNER_CMD_OUTNAME_H
#define MF_RUNNER_CMD_OUTNAME_H

#include "runner/util/diag.h"

/** Room for what a letter stands for: longer ones are cut. */
#define OUTNAME_PART_MAX 100

/**
 * Write out a name: %p stands for the base name of the program, %a for its arguments, %t for
 * the name of the test, or where no harness says it for the program and its arguments, and %%
 * for a percent sign. What is no part of a file's name becomes '_', and a number behind it
 * keeps two names apart that would then be one.
 *
 * @argv
 *         The program and its arguments.
 * @return
 *         To be freed; NULL with the user told.
 */
char *outname_expand(const char *name, char *const *argv, const struct diag *diag);

#endif
