// SPDX-License-Identifier: MIT
/** In what failures ended that their processes do by themselves (inplace/control.h), by name. */
#ifndef MF_RUNNER_SUITE_OWNENDS_H
#define MF_RUNNER_SUITE_OWNENDS_H

#include "runner/trials/campaign.h"

#include <stdio.h>

/** Name and count these ends, in `own_ends`; before the sightings are named. 0 on success, -1
 * when memory ran out. */
int ownends_find(struct campaign *campaign);

/** Tell them, in a line; nothing where there are none. */
void ownends_print(const struct campaign *campaign, FILE *stream);

#endif
