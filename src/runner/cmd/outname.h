// SPDX-License-Identifier: MIT
/** The name of a results directory as users write it, for several programs at once. */
#ifndef MF_RUNNER_CMD_OUTNAME_H
#define MF_RUNNER_CMD_OUTNAME_H

/**
 * Write out a name: %p stands for the base name of a program, %% for a percent sign.
 *
 * @return
 *         To be freed; NULL with errno: EINVAL where another letter follows a percent
 *         sign, or ENOMEM.
 */
char *outname_expand(const char *name, const char *program);

#endif
