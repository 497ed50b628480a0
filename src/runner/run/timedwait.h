// SPDX-License-Identifier: MIT
/** Whether a process waits for something that comes to an end by itself. */
#ifndef MF_RUNNER_RUN_TIMEDWAIT_H
#define MF_RUNNER_RUN_TIMEDWAIT_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * Whether a thread of a process sleeps, or waits in a system call that it has given a time, for a
 * timer that it has set, or for a child of which the same is true; false where that cannot be
 * seen. Of alarm() and setitimer() only the handler of SIGALRM can be seen.
 */
bool timedwait_is_in(pid_t pid);

#endif
