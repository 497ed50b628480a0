// SPDX-License-Identifier: MIT
/** Misuse of memory that a build of a program does not show. */
#ifndef MF_RUNNER_RUN_UNSEEN_H
#define MF_RUNNER_RUN_UNSEEN_H

#include "runner/run/preflight.h"

/** What is not seen, why, and what to do about it. Static. */
struct unseen {
    const char *what, *why, *remedy;
};

/** How many kinds there are, and how many programs are named of one. */
#define UNSEEN_KINDS        5
#define UNSEEN_PROGRAMS_MAX 12

/** One kind, and where there are several programs, those that it is of. */
struct unseen_kind {
    const struct unseen *unseen;
    /** Base names; others'. */
    const char *programs[UNSEEN_PROGRAMS_MAX];
    size_t count;
};

struct unseen_list {
    struct unseen_kind list[UNSEEN_KINDS];
    size_t count;
};

/**
 * Look for what a program's sanitizer, or its own allocator, does not show.
 *
 * @pages
 *         Whether the page allocator serves.
 * @program
 *         Its base name, where there are several; else NULL.
 */
void unseen_find(struct unseen_list *list, const struct preflight *preflight, bool pages,
                 const char *program);

#endif
