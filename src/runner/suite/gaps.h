// SPDX-License-Identifier: MIT
/** What a suite does not reach, and what builds of its programs do not show. */
#ifndef MF_RUNNER_SUITE_GAPS_H
#define MF_RUNNER_SUITE_GAPS_H

#include "runner/suite/desks.h"

/** Look for them in the files of all programs that were tested, as long as there is time: the
 * stacks' modules are known. What is found refers to the commands. */
void gaps_find(struct campaign *campaign, struct desks *desks);

#endif
