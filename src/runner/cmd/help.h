// SPDX-License-Identifier: MIT
/** What --help prints. */
#ifndef MF_RUNNER_CMD_HELP_H
#define MF_RUNNER_CMD_HELP_H

#include "runner/cmd/cmd.h"

/** Print the help of a command; 0, or STATUS_FAILED where it cannot be written. */
int help_print(const struct command *command, const struct diag *diag);

/** Print which commands there are, on one screen; the same. */
int help_overview(const struct diag *diag);

/** Print a text from a column on, in which the cursor is: it is broken into lines. */
void help_column(const char *text, unsigned column);

#endif
