// SPDX-License-Identifier: MIT
/** The tests of a document: of a suite, or of explorations that were joined. Each has the
 * causes of the findings that it comes to. */
#ifndef MF_RUNNER_FORMATS_TESTS_H
#define MF_RUNNER_FORMATS_TESTS_H

#include "runner/formats/document.h"

#include <stdio.h>

/** Index the tests of a new document by what they come to; 0 on success, -1 with errno. */
int tests_index(struct document *document);

/** All of them: an array, or NULL. */
const json_t *tests_of(const struct document *document);

/** What the harness calls a test, or its command; to be freed, NULL when memory ran out. */
char *tests_name(const struct document *document, const json_t *test);

/** What several of a list of tests, or commands, in different directories are called; NULL when
 * memory ran out. */
json_t *tests_alike(const json_t *list);

/** Write the directory of a test, or of a command, " (in /home/user)", if others in other
 * directories are called the same; else nothing. */
void tests_put_directory(const struct document *document, const json_t *test,
                         FILE *stream);

/** Whether a test comes to a finding. */
bool tests_reach(const struct document *document, const json_t *test,
                 const json_t *finding);

/** How many tests come to a finding. */
size_t tests_count(const struct document *document, const json_t *finding);

/** The first of them; NULL = none. */
const json_t *tests_first(const struct document *document, const json_t *finding);

/** How many findings that count a test comes to. */
size_t tests_defects(const struct document *document, const json_t *test);

/** How many tests come to one. */
size_t tests_failed(const struct document *document);

/** The exploration that was joined as a test, where not all of its failures were tried;
 * else NULL. */
const json_t *tests_cut_short(const struct document *document, const json_t *test);

/** Write the names of the tests that come to a finding, so many at most: "a, b and 3 more";
 * nothing if there is none. */
void tests_put_names(const struct document *document, const json_t *finding, size_t most,
                     FILE *stream);

#endif
