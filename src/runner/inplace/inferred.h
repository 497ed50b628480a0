// SPDX-License-Identifier: MIT
/** Trials whose result follows from another one, without a run. */
#ifndef MF_RUNNER_INPLACE_INFERRED_H
#define MF_RUNNER_INPLACE_INFERRED_H

#include "runner/trials/campaign.h"

/**
 * Infer a trial in mode persistent from one in mode once: where the one failure was the
 * last allocation that its child made, failing all that follow is the same.
 *
 * @like
 *         The trial of the same point in mode once.
 * @return
 *         Whether that settles it.
 */
bool inferred_settle(struct campaign *campaign, struct trial *trial,
                     const struct trial *like);

#endif
