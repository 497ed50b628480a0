// SPDX-License-Identifier: MIT
/**
 * Options that do not stand on the command line: those of a project, in a file
 * ".mallocfail", and those of the user, in MALLOCFAIL_OPTIONS. The command line goes before
 * the variable, and that before the file.
 *
 * The file is that of the working directory, or else of the nearest directory above it up to
 * the one with a ".git". It belongs to the user or to root, and others cannot write to it.
 * Options that name a command are not taken from it: who reads a project need not run it.
 */
#ifndef MF_RUNNER_CMD_DEFAULTS_H
#define MF_RUNNER_CMD_DEFAULTS_H

#include "runner/cmd/cmd.h"

#define DEFAULTS_FILE     ".mallocfail"
#define DEFAULTS_VARIABLE "MALLOCFAIL_OPTIONS"

/**
 * Put those that a command has into its settings; those of other commands are passed over.
 *
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int defaults_read(const struct command *command, struct settings *settings,
                  const struct diag *diag);

/** Show them, with --verbose. */
void defaults_show(const struct settings *settings, const struct diag *diag);

#endif
