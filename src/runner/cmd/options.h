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

/** Whether the options in front of PROGRAM are those of a single run: one of them is an
 * option of run, and not of explore. */
bool options_mean_run(int argc, char **argv);

#endif
