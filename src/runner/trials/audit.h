// SPDX-License-Identifier: MIT
/**
 * The audit of trials in place: of those that broke nothing a sample is tried fresh, too, and of
 * those that came to the same hang one.
 * Where one disagrees, what was learnt in place at its call site is not believed, and another
 * sample is drawn; where most do, nothing is believed that was learnt in place.
 */
#ifndef MF_RUNNER_TRIALS_AUDIT_H
#define MF_RUNNER_TRIALS_AUDIT_H

#include "runner/trials/campaign.h"

/**
 * Try a sample fresh: one in a hundred, eight at least, for a twentieth of the time that
 * trying took, or a second; and further samples until one agrees. The campaign counts
 * how many there were and how many agreed; what is not believed is open again.
 *
 * @return
 *         0 on success, -1 where memory ran out or no run could be started (the user has
 *         been told).
 */
int audit_trials(struct campaign *campaign);

#endif
