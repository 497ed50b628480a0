// SPDX-License-Identifier: MIT
/** Where files lie that are installed with mallocfail. */
#ifndef MF_RUNNER_TARGET_INSTALLED_H
#define MF_RUNNER_TARGET_INSTALLED_H

#include <limits.h>

/** The folder of the runner's own file; 0 on success, -1 where it cannot be told. */
int installed_own_folder(char folder[PATH_MAX]);

/**
 * Find a data file that the user names without its folder, as "fail-nth": with its suffix
 * or without, in ../share/mallocfail from the runner (an installation that was moved), or
 * where it was installed.
 *
 * @kind
 *         The folder there: "policies".
 * @suffix
 *         What all names in it end with: ".json".
 * @return
 *         Its path, to be freed; NULL if there is none, where the name has a slash, and
 *         when memory ran out.
 */
char *installed_find(const char *kind, const char *name, const char *suffix);

/**
 * The names of all of a kind, sorted, without their suffix, in the first of those folders
 * that is there.
 *
 * @return
 *         Up to a NULL, to be released with installed_release(); NULL when memory ran out
 *         or if there is no such folder, with errno.
 */
char **installed_list(const char *kind, const char *suffix);

void installed_release(char **names);

#endif
