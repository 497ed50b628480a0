// SPDX-License-Identifier: MIT
/** Descriptors of the runner's own, out of the way of those that targets use. */
#ifndef MF_RUNNER_UTIL_HIGHFD_H
#define MF_RUNNER_UTIL_HIGHFD_H

/**
 * Duplicate a descriptor, close-on-exec: from 100 on, for some programs expect to be
 * given the lowest ones; where a limit forbids that, above the standard streams.
 *
 * @return
 *         The new one, or -1 with errno: for a negative descriptor, too, which leaves
 *         errno as it is.
 */
int highfd_copy(int fd);

/** The same, and close the old one, whatever comes of it. */
int highfd_move(int fd);

#endif
