// SPDX-License-Identifier: MIT
/** The tests of a suite as findings.json has them: what of it was tried in each. */
#ifndef MF_RUNNER_RESULTS_TESTS_JSON_H
#define MF_RUNNER_RESULTS_TESTS_JSON_H

#include "runner/trials/campaign.h"

#include <jansson.h>

/** The command that a trial is of, where a suite is run; else NULL. */
const struct command_line *tests_command(const struct campaign *campaign,
                                         const struct trial *trial);

/** All of them, in the order of their numbers; NULL when memory ran out. */
json_t *tests_json(const struct campaign *campaign);

/** Add a test to the same one of other results, but for what is counted by its trials;
 * non-zero when memory ran out. */
int tests_json_join(json_t *twin, const json_t *test);

/**
 * Count what became of the trials of each test, anew.
 *
 * @tests
 *         Each gets its counts, and the causes that its trials have beside those it has.
 * @trials
 *         Each may have the index of its test under "test".
 * @return
 *         0 on success, -1 when memory ran out.
 */
int tests_json_count(json_t *tests, const json_t *trials);

#endif
