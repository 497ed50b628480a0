// SPDX-License-Identifier: MIT
/** The descriptors that a process has open when it ends, among its leaks. */
#ifndef MF_RUNNER_TARGET_LEFTOPEN_H
#define MF_RUNNER_TARGET_LEFTOPEN_H

#include "runner/target/leaks.h"

/**
 * Look at what a process has open that is about to end, before its blocks are gathered.
 *
 * @first
 *         The lowest descriptor that counts.
 * @directory
 *         A directory of its own, which is another one in each run; NULL = none.
 */
void leftopen_look(struct leaks *leaks, pid_t pid, int first, const char *directory);

/** Add what a descriptor refers to; 0 on success, -1 when memory ran out. */
int leftopen_add(struct leaks *leaks, const char *name);

/** Leave only as many as are more than a clean run has open, and of those that it has not. */
void leftopen_forgive(struct leaks *leaks, const struct leaks *clean);

#endif
