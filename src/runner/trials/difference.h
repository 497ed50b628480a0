// SPDX-License-Identifier: MIT
/** Where a run that ended well first wrote something else than the oracle. */
#ifndef MF_RUNNER_TRIALS_DIFFERENCE_H
#define MF_RUNNER_TRIALS_DIFFERENCE_H

#include "runner/diagnose/finding.h"
#include "runner/run/watch.h"
#include "runner/trials/judge.h"

/** Find the first difference; its `where` is "" where there is none. */
void difference_find(struct finding_difference *difference, const struct end *end,
                     const struct oracle *oracle, const struct watch *watch);

#endif
