// SPDX-License-Identifier: MIT
/**
 * The allocation wrappers of a program, which are left out in front of its paths.
 *
 * A place in a function is one where callers differ, and what they ask for does, too, and
 * where the function returns what the allocation returned: that is found in its machine
 * code. A constructor always asks for the same. Functions with well-known names are
 * wrappers, and those that the user names; and the C++ library's templates are left out as
 * the C++ library is. Wrappers may call wrappers.
 */
#ifndef MF_RUNNER_POINTS_WRAPPERS_H
#define MF_RUNNER_POINTS_WRAPPERS_H

#include "runner/diagnose/wrapper.h"
#include "runner/points/stacks.h"
#include "runner/target/leaks.h"
#include "runner/util/diag.h"

/**
 * Find them, and move the call sites of their stacks to who called them.
 *
 * @named
 *         Patterns for functions, as the user gave them.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int wrappers_find(struct wrappers *wrappers, struct stacks *stacks,
                  const struct stacks_globs *named);

/** The functions that are wrappers by their names alone: those with well-known ones, templates of
 * the C++ library, and those that the user named. */
struct leaks_wrappers wrappers_by_name(const struct stacks_globs *named);

/** Whether an earlier one in the list is of the same function. */
bool wrappers_is_again(const struct wrappers *wrappers, size_t at);

/** Tell the user of patterns that matched nothing. */
void wrappers_check(const struct wrappers *wrappers, const struct stacks_globs *named,
                    const struct diag *diag);

/** Release them; fine on ones that are all zeroes. */
void wrappers_destroy(struct wrappers *wrappers);

#endif
