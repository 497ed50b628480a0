// SPDX-License-Identifier: MIT
/** What the unit tests share: running a suite, and files of the source tree. */
#ifndef MF_TESTS_UNIT_H
#define MF_TESTS_UNIT_H

#include <check.h>
#include <stddef.h>

/**
 * Run a suite and print it as TAP.
 *
 * @suite
 *         Taken over and freed.
 * @return
 *         What main returns: 0 when all tests passed.
 */
int unit_run(Suite *suite);

/** A file of the source tree, in memory of exactly its size. */
struct unit_file {
    char *bytes;
    size_t length;
};

/** Read a file, its path relative to the source tree ($MF_SOURCE); ends the program if it
 * cannot. */
struct unit_file unit_read(const char *folder, const char *name);

/** A list of names, sorted. */
struct unit_names {
    char **names;
    size_t count;
};

/** The names of a folder's files that end in `ending`; ends the program if there are
 * none. */
struct unit_names unit_list(const char *folder, const char *ending);

#endif
