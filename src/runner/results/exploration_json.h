// SPDX-License-Identifier: MIT
/** An exploration as findings.json has it. */
#ifndef MF_RUNNER_RESULTS_EXPLORATION_JSON_H
#define MF_RUNNER_RESULTS_EXPLORATION_JSON_H

#include "runner/formats/triallist.h"
#include "runner/trials/campaign.h"
#include "runner/trials/defects.h"

#include <jansson.h>

/** What every run of a campaign is given, as findings.json has it: a new reference, NULL
 * when memory ran out. */
json_t *exploration_run_json(const struct campaign *campaign);

/** A defect as findings.json has it: a new reference, NULL when memory ran out. */
json_t *exploration_finding_json(const struct campaign *campaign,
                                 const struct defects *defects,
                                 const struct defect *defect);

/**
 * What findings.json has.
 *
 * @with_trials
 *         Whether the trials are in it, which takes 2 KB for each; else there are none.
 * @return
 *         A new reference, NULL when memory ran out.
 */
json_t *exploration_json(const struct campaign *campaign, const struct defects *defects,
                         bool with_trials);

/** The names of the programs in which a cause was found, 0 = of all that were tested; a new
 * reference, NULL when memory ran out. */
json_t *exploration_programs(const struct campaign *campaign, uint64_t cause);

/** The program and arguments of one trial's run. */
char *const *exploration_argv(const struct campaign *campaign, const struct trial *trial);

/** What the run of one trial was given, its time limit included: a new reference, NULL
 * when memory ran out. */
json_t *exploration_trial_run_json(const struct campaign *campaign,
                                   const struct trial *trial);

/** Its trials, to be written one at a time; valid as long as the campaign. */
struct triallist exploration_trials(const struct campaign *campaign);

#endif
