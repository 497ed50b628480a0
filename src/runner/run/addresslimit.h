// SPDX-License-Identifier: MIT
/** The limit on a program's address space that it sets itself, where mallocfail's library
 * takes much of it. */
#ifndef MF_RUNNER_RUN_ADDRESSLIMIT_H
#define MF_RUNNER_RUN_ADDRESSLIMIT_H

#include "runner/run/job.h"
#include "runner/util/diag.h"

/** Warn that a run that has ended had such a limit, where it had. */
void addresslimit_tell(const struct job *job, const struct diag *diag);

#endif
