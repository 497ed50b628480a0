// SPDX-License-Identifier: MIT
/** The baseline: a file of the signatures of known defects. */
#ifndef MF_RUNNER_RESULTS_BASELINE_H
#define MF_RUNNER_RESULTS_BASELINE_H

#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

#include <jansson.h>

/** Whether it can be read and, where that is wanted, written, as far as is known
 * before the work; 0 if so, -1 with the user told. */
int baseline_foresee(const struct campaign_options *options, const struct diag *diag);

/**
 * Mark the defects that the baseline knows, tell which of its own were not found, and
 * write it anew where that is wanted. Without a baseline nothing is done.
 *
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int baseline_apply(const struct campaign *campaign, struct defects *defects);

/** The same for results that were joined, of all their programs. */
int baseline_apply_joined(const struct campaign_options *options, json_t *results,
                          const struct diag *diag);

#endif
