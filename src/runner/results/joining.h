// SPDX-License-Identifier: MIT
/**
 * Joining the results of several explorations and suites, of one program or many: findings
 * by their cause, with all the programs, commands and tests that come to each.
 *
 * While they are joined, each exploration is an element of `explorations` with what only it
 * has, its trials included; joining_end() makes a document of that.
 */
#ifndef MF_RUNNER_RESULTS_JOINING_H
#define MF_RUNNER_RESULTS_JOINING_H

#include <jansson.h>

/** Begin with the results of one directory, which are taken over, joined ones among them;
 * NULL when memory ran out. */
json_t *joining_begin(json_t *results);

/**
 * Add results to others. Those of one exploration, of its parts say, become one; trials that
 * both have count once.
 *
 * @from
 *         May lose members to `into`.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int joining_add(json_t *into, json_t *from);

/** Count all anew, and make a document of it, which is what findings.json has; takes it over.
 * NULL when memory ran out. */
json_t *joining_end(json_t *joined);

#endif
