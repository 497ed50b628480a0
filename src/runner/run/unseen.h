// SPDX-License-Identifier: MIT
/** Misuse of memory that a build of a program does not show. */
#ifndef MF_RUNNER_RUN_UNSEEN_H
#define MF_RUNNER_RUN_UNSEEN_H

#include "runner/run/preflight.h"

/** What is not seen, why, and what to do about it. Static. */
struct unseen {
    const char *what, *why, *remedy;
};

/**
 * Look for what a program's sanitizer, or its own allocator, does not show.
 *
 * @preflight
 *         NULL where it is a suite of several programs.
 * @pages
 *         Whether the page allocator serves.
 * @return
 *         NULL where nothing is known of it.
 */
const struct unseen *unseen_find(const struct preflight *preflight, bool pages);

#endif
