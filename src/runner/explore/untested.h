// SPDX-License-Identifier: MIT
/** What an exploration does not reach: other allocators of the program, and pools. */
#ifndef MF_RUNNER_EXPLORE_UNTESTED_H
#define MF_RUNNER_EXPLORE_UNTESTED_H

#include "runner/target/pools.h"
#include "runner/trials/campaign.h"

/** Find them, by the files that the clean run's allocations came from. */
void untested_find(struct pools *pools, const struct campaign *campaign);

#endif
