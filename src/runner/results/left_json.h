// SPDX-License-Identifier: MIT
/** What a suite could not do in place, as JSON: by the commands that would show it. */
#ifndef MF_RUNNER_RESULTS_LEFT_JSON_H
#define MF_RUNNER_RESULTS_LEFT_JSON_H

#include "runner/trials/campaign.h"

/** A list with an entry for each command that has left something, and one for all whose
 * command is not known; NULL when memory ran out. */
json_t *left_json(const struct campaign *campaign);

#endif
