// SPDX-License-Identifier: MIT
/** What --help prints: how a command is used, its options, and notes. */
#ifndef MF_RUNNER_CMD_HELP_H
#define MF_RUNNER_CMD_HELP_H

#include "runner/cmd/cmd.h"

/** Print the help of a command on stdout; 0, or STATUS_FAILED with the user told. */
int help_print(const struct command *command, const struct diag *diag);

#endif
