// SPDX-License-Identifier: MIT
/** What a test of a server did, as JSON. */
#ifndef MF_RUNNER_RESULTS_SERVE_JSON_H
#define MF_RUNNER_RESULTS_SERVE_JSON_H

#include "runner/trials/campaign.h"

#include <jansson.h>

/** What is known of the server and its drives; a new reference, NULL when memory ran out. */
json_t *serve_json(const struct campaign *campaign);

/** Put what is known of a drive with a failure; 0 on success. */
int serve_json_put(json_t *object, const struct trial *trial);

#endif
