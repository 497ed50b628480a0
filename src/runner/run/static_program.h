// SPDX-License-Identifier: MIT
/** Static programs: whether breakpoints reach them, and what cannot be had by these. What is
 * wrong is told to the user. */
#ifndef MF_RUNNER_RUN_STATIC_PROGRAM_H
#define MF_RUNNER_RUN_STATIC_PROGRAM_H

#include "runner/run/preflight.h"

/**
 * Work out the breakpoints, from patches that are found already; there is no plan where none
 * can be put into the program.
 *
 * @return
 *         0, or the exit status.
 */
int static_program_find(struct preflight *preflight, const struct diag *diag);

/** Tell why there is no plan; the exit status. */
int static_program_refuse(const struct preflight *preflight, const struct diag *diag);

/** Whether what the policy asks can be had; 0, or the exit status. */
int static_program_judge(const struct preflight *preflight, const struct diag *diag);

/** Tell that something cannot be had in a static program; the exit status. */
int static_program_lacks(const struct preflight *preflight, const char *what,
                         const struct diag *diag);

#endif
