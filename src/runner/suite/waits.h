// SPDX-License-Identifier: MIT
/** How long a suite's children may take, and the runner for each. */
#ifndef MF_RUNNER_SUITE_WAITS_H
#define MF_RUNNER_SUITE_WAITS_H

#include "core/channel/suite.h"

#include <stdint.h>

struct desks;

/** Until when that may go on: the process of that child has so much time, and others wait at
 * their desks. */
uint64_t waits_until(void *desks);

/** How long the next child runs at most, in ns, for the suite to keep to its time (--within);
 * 0 = to its end. */
uint64_t waits_horizon(const struct mf_suite *suite);

/** How long the runner may wait at most for something to happen, in ns, until a child has run
 * for long enough. */
uint64_t waits_period(const struct desks *desks);

#endif
