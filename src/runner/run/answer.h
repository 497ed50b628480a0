// SPDX-License-Identifier: MIT
/** Answer a process of a target that runs another program than the one that was started. */
#ifndef MF_RUNNER_RUN_ANSWER_H
#define MF_RUNNER_RUN_ANSWER_H

/**
 * Write a program's patches to the standard output, as they are in the channel.
 *
 * @return
 *         The exit status.
 */
int answer_patches(const char *path);

/**
 * The same of a library that a program loads.
 *
 * @names
 *         Functions by name, as they were given; "" = that one is not looked for. NULL ends
 *         them.
 */
int answer_module(const char *path, char *const *names);

#endif
