// SPDX-License-Identifier: MIT
/** Input that waits to be read. */
#ifndef MF_RUNNER_EXPLORE_PENDING_H
#define MF_RUNNER_EXPLORE_PENDING_H

#include <stdbool.h>

/** Whether a file, a pipe or a socket has bytes that are not read yet; of terminals and devices
 * nobody is asked. Reads nothing, and does not wait. */
bool pending_input(int fd);

#endif
