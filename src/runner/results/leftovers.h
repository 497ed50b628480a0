// SPDX-License-Identifier: MIT
/** What suites have left, as results have it, where those are joined: what one of them tried is
 * not left by the others. */
#ifndef MF_RUNNER_RESULTS_LEFTOVERS_H
#define MF_RUNNER_RESULTS_LEFTOVERS_H

#include <jansson.h>

/** Add what one has left to what another one has; 0 on success, non-zero when memory ran out.
 *
 * @more
 *         May lose members to `list`.
 */
int leftovers_join(json_t *list, const json_t *more);

/** Take out what has been tried: the trials say so. The same failure stays once. 0 on success,
 * non-zero when memory ran out. */
int leftovers_settle(json_t *list, const json_t *trials);

#endif
