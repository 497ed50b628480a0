// SPDX-License-Identifier: MIT
/** The libraries that a program is started with. */
#ifndef MF_RUNNER_TARGET_LIBRARIES_H
#define MF_RUNNER_TARGET_LIBRARIES_H

/** What is done with each library's path. */
typedef void libraries_visit(void *context, const char *path);

/**
 * Ask the program's own loader, which does not run it, for the libraries it would load, in
 * their order.
 *
 * @return
 *         0 on success, -1 where the loader does not say.
 */
int libraries_list(const char *program, libraries_visit *visit, void *context);

#endif
