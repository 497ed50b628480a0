// SPDX-License-Identifier: MIT
/** Waiting for processes. */
#ifndef MF_RUNNER_UTIL_WAIT_H
#define MF_RUNNER_UTIL_WAIT_H

#include <sys/types.h>

/** waitpid(2) that no signal interrupts. */
pid_t wait_through(pid_t pid, int *status, int options);

#endif
