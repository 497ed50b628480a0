// SPDX-License-Identifier: MIT
/** What failures do not reach, and what builds do not show, as JSON. */
#ifndef MF_RUNNER_RESULTS_UNREACHED_JSON_H
#define MF_RUNNER_RESULTS_UNREACHED_JSON_H

#include "runner/trials/campaign.h"

/** What no failure reaches; NULL when memory ran out. */
json_t *unreached_json(const struct campaign *campaign);

/** What builds, or their allocators, do not show; NULL when memory ran out. */
json_t *unseen_json(const struct campaign *campaign);

#endif
