// SPDX-License-Identifier: MIT
/** How often stacks of a suite count that lie in libraries only: what the library does is in
 * preload/explore/owner.c. */
#ifndef MF_RUNNER_SUITE_OWNERS_H
#define MF_RUNNER_SUITE_OWNERS_H

#include "runner/suite/desks.h"

/** Give the entries that another program's speaks for its trials, when all has ended. */
void owners_settle(struct desks *desks);

/** Count them. */
struct commands_shared owners_count(const struct desks *desks);

#endif
