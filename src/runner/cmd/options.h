// SPDX-License-Identifier: MIT
/** A command line read by the table of options. */
#ifndef MF_RUNNER_CMD_OPTIONS_H
#define MF_RUNNER_CMD_OPTIONS_H

#include "runner/cmd/cmd.h"

/**
 * Read a command line into settings.
 *
 * @argc, argv
 *         argv[0] is the program, or the name of the command: `settings->named` tells.
 * @return
 *         0 to go on, 1 to end with success (help was printed, say), -1 to end with
 *         failure and the user told.
 */
int options_read(const struct command *command, struct settings *settings, int argc,
                 char **argv, const struct diag *diag);

/**
 * The option in front of PROGRAM that means a single run where no command is named: a
 * policy, what makes one, or what explore does not have.
 *
 * @argv
 *         The command line, up to a NULL.
 * @return
 *         NULL if there is none.
 */
const struct option_row *options_single(char *const *argv);

/**
 * Where a command's name stands behind options, as in "mallocfail -q run".
 *
 * @return
 *         Its index; 0 = nowhere.
 */
int options_find_command(char *const *argv);

#endif
