// SPDX-License-Identifier: MIT
/**
 * Trials whose end is known without a run.
 *
 * Where the process that had one failure made no allocation after it, it cannot tell
 * whether those would have failed, too: the trial in which all that follow fail ends in
 * the same way. Only children that branched off are taken at their word: nothing has
 * changed the world between them, and no other process has allocated for them.
 */
#ifndef MF_RUNNER_TRIALS_INFERRED_H
#define MF_RUNNER_TRIALS_INFERRED_H

#include "runner/trials/campaign.h"

/** Settle those open trials that fail persistently and have become known. Where memory
 * runs out, they stay open. */
void inferred_settle(struct campaign *campaign);

#endif
