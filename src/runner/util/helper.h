// SPDX-License-Identifier: MIT
/**
 * Work that a process of its own does meanwhile, into a memory file.
 *
 * It lives no longer than the runner. What it breaks of its memory is its own: libraries
 * that do not survive want of it are safe there.
 */
#ifndef MF_RUNNER_UTIL_HELPER_H
#define MF_RUNNER_UTIL_HELPER_H

#include <stdbool.h>
#include <stdint.h>

struct helper;

/**
 * What is to be done, in that process.
 *
 * @fd
 *         An empty file, open for reading and writing.
 * @return
 *         0, or an errno value.
 */
typedef int helper_function(const void *context, int fd);

/**
 * Start it.
 *
 * @name
 *         The file's name, for those who look at what is open.
 * @idle
 *         Whether it is to run when no other process wants to.
 * @context
 *         Passed to the function; it has what this held when it was started.
 * @return
 *         NULL with errno on failure.
 */
struct helper *helper_start(const char *name, bool idle, helper_function *function,
                            const void *context);

/**
 * Wait for it.
 *
 * @helper
 *         NULL is fine, and never ready.
 * @patience_ns
 *         For how long, in ns; CLOCK_NEVER = until it ends.
 * @return
 *         The file's descriptor, which stays the helper's; -1 with errno on failure:
 *         ETIMEDOUT where it is not ready, ECHILD where it died.
 */
int helper_await(struct helper *helper, uint64_t patience_ns);

/** End it, ready or not, and release everything; NULL is fine. Keeps errno. */
void helper_free(struct helper *helper);

#endif
