// SPDX-License-Identifier: MIT
/** The lists of tests that CTest and Meson keep in the folder where they run: they tell no
 * test its name or its time limit, but which command it is. */
#ifndef MF_RUNNER_HARNESS_TESTLIST_H
#define MF_RUNNER_HARNESS_TESTLIST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct testlist_entry {
    char *name;
    /** Its command line: an array of strings. */
    json_t *command;
    /** Where a name of its program begins that is not absolute. */
    char *folder;
    /** Where it runs; NULL = in the folder. */
    char *directory;
    /** Its time limit, in ns; 0 = the usual one, CLOCK_NEVER = it has none. */
    uint64_t time_ns;
};

struct testlist {
    struct testlist_entry *list;
    size_t count, room;
    /** The limit of a test that has none of its own, in ns. */
    uint64_t usual_ns;
};

/** What lists say of a command; all 0 = nothing. */
struct testlist_match {
    /** The test's name, which is the list's; NULL = several tests have that command, and the
     * directory does not tell them apart. */
    const char *name;
    /** Its limit, the least where there are several. */
    uint64_t time_ns;
    /** How many words of the command are the same, and how many tests have so many. */
    size_t length, tests;
    /** Whether that is all of the test's command, and whether it runs where the command
     * does. */
    bool whole, there;
};

/** Add a test; without memory it is left out. The name and the command are copied. */
void testlist_add(struct testlist *list, const struct testlist_entry *test);

/** Set the limit of the latest test of that name. */
void testlist_limit(struct testlist *list, const char *name, uint64_t time_ns);

/** Set where the latest test of that name runs. */
void testlist_place(struct testlist *list, const char *name, const char *directory);

/**
 * Look for a command.
 *
 * @words
 *         An array of strings. A wrapper may stand in front, or the test's own may be gone.
 * @directory
 *         Where it runs, which tells tests with the same command apart; NULL = unknown.
 * @match
 *         What other lists have said: a longer part of the command counts for more.
 */
void testlist_find(const struct testlist *list, const json_t *words,
                   const char *directory, struct testlist_match *match);

/** The least limit of all tests, the usual one included. */
uint64_t testlist_least(const struct testlist *list);

/** Read the lists of CTest in a folder, and those of the folders below. */
void testlist_read_ctest(struct testlist *list, const char *folder);

/** Read the list that Meson keeps in a folder. */
void testlist_read_meson(struct testlist *list, const char *folder);

/** A time limit in seconds, as a harness has it: in ns, CLOCK_NEVER if it is not one. */
uint64_t testlist_time(double seconds);

/** Release it. */
void testlist_destroy(struct testlist *list);

#endif
