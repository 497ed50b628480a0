// SPDX-License-Identifier: MIT
/** Who waits while the runner looks at one child of a suite. */
#ifndef MF_RUNNER_SUITE_WAITS_H
#define MF_RUNNER_SUITE_WAITS_H

#include <stdint.h>

/** Until when that may go on: the process of that child has so much time, and others wait at
 * their desks. */
uint64_t waits_until(void *desks);

#endif
