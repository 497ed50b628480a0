// SPDX-License-Identifier: MIT
/** Going on from the results of an exploration that ended early. */
#ifndef MF_RUNNER_RESULTS_RESUME_H
#define MF_RUNNER_RESULTS_RESUME_H

#include "runner/trials/campaign.h"

/**
 * Take over what earlier results say of the campaign's open trials. One of each cause stays
 * open, to show once more what broke; where it does not come to that before this is called
 * again, it is taken over, too.
 *
 * @return
 *         0 on success, -1 where they cannot be read or are of another program (the user
 *         has been told).
 */
int resume_trials(struct campaign *campaign, const char *directory);

/** Put off all open trials but those that are to show something once more; how many these
 * are. */
size_t resume_begin_showing(struct campaign *campaign);

/** Open them again. */
void resume_end_showing(struct campaign *campaign);

/** The findings that were not shown again, as the earlier results have them: a new array,
 * or NULL when memory ran out. */
json_t *resume_kept(const struct campaign *campaign, const struct defects *defects);

/** How many of them count as defects; `only_new` without those that are known. */
size_t resume_count(const json_t *kept, bool only_new);

#endif
