// SPDX-License-Identifier: MIT
/** What a suite left untried: each point that was out of reach in place is tried by a run of
 * the command that came to it, when the suite has ended. */
#ifndef MF_RUNNER_SUITE_FRESH_H
#define MF_RUNNER_SUITE_FRESH_H

#include "runner/suite/suite.h"
#include "runner/target/tree.h"

/**
 * Try all that is left, as long as there is time. Each command runs twice as it is, which is
 * its oracle, and then once for each of its points, in the directory and with the environment
 * and the input that it had.
 *
 * @campaign
 *         As the suite has left it. Its oracle and plan come back as they were.
 * @tree
 *         What the runs come of, and what they leave running is killed in.
 */
void fresh_try(struct campaign *campaign, const struct suite_options *options,
               const struct tree *tree);

#endif
