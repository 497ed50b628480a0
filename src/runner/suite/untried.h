// SPDX-License-Identifier: MIT
/** The failures of a suite that were not tried, and why. */
#ifndef MF_RUNNER_SUITE_UNTRIED_H
#define MF_RUNNER_SUITE_UNTRIED_H

#include "runner/suite/desks.h"

/** Have a trial for all that is left over, when all has ended, and count why it is. */
void untried_count(struct desks *desks);

#endif
