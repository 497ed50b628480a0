// SPDX-License-Identifier: MIT
/** The commands that come to each stack of a suite, as its processes write them down (see
 * preload/explore/reach.c), and the tests that they are of. */
#ifndef MF_RUNNER_SUITE_REACH_H
#define MF_RUNNER_SUITE_REACH_H

#include "core/channel/suite.h"
#include "runner/trials/campaign.h"
#include "runner/trials/commands.h"

/** What the runner knows of the commands that the processes share. */
struct reach {
    /** Whether each has been looked at; and the first one that has not. */
    bool seen[MF_SUITE_COMMANDS_MAX];
    uint32_t begun;
    /** For each, the test's name, NULL = none or not looked for yet; and one more than its
     * index among those of trials, 0 = it is none of them yet. */
    char *tests[MF_SUITE_COMMANDS_MAX];
    uint32_t known[MF_SUITE_COMMANDS_MAX];
};

/** Look at commands that are new: what it takes to run them again is known as long as they run,
 * and their tests as long as they do or what they came from does. The test of one that is
 * gone is known where its command is just that of a test. */
void reach_attend(struct reach *reach, const struct mf_suite *suite,
                  struct commands *commands);

/** Have commands_learn() learn the command of a process, which has entered it by this number,
 * plus 1; 0 = it has not. */
uint32_t reach_learn(struct reach *reach, const struct mf_suite *suite,
                     struct commands *commands, uint32_t number, pid_t pid);

/** Look once more for the names of tests that were not found: all lists of harnesses that could
 * be read have been read now. */
void reach_name(struct reach *reach, const struct mf_suite *suite,
                struct commands *commands);

/** What commands_learn() has of a stack's command (see struct mf_suite_stack); 0 = nothing. */
uint32_t reach_known(const struct reach *reach, uint32_t command);

/**
 * Add the commands that come to the stacks of trials that showed something.
 *
 * @trials
 *         One more than the index of the first trial of each stack; 0 = it has none.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int reach_take(struct reach *reach, const struct mf_suite *suite,
               const struct campaign *campaign, const uint32_t *trials,
               struct commands *commands);

/** Release it. */
void reach_destroy(struct reach *reach);

#endif
