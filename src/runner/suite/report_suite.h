// SPDX-License-Identifier: MIT
/** What a run of a suite did and found, for people. */
#ifndef MF_RUNNER_SUITE_REPORT_SUITE_H
#define MF_RUNNER_SUITE_REPORT_SUITE_H

#include "runner/suite/desks.h"

#include <stdio.h>

/** How the suite itself ended. */
struct suite_end {
    bool ended;
    /** wait()'s. */
    int status;
    uint64_t elapsed_ns;
};

/** Why a program was not tested, by its enum mf_suite_why; NULL = unknown. Static. */
const char *report_suite_why(uint32_t why);

/** Copy the programs that were not tested, at most MF_SUITE_OTHERS_MAX; how many, and of how
 * many more processes there was no room for the name. */
uint32_t report_suite_others(const struct mf_suite *suite, struct mf_suite_other *others,
                             uint32_t *lost);

/** All of it. */
void report_suite(struct campaign *campaign, const struct desks *desks,
                  const struct suite_end *end, FILE *stream);

/** Say why nothing was tested, and write more of it to the stream. */
void report_suite_nothing(struct campaign *campaign, const struct desks *desks,
                          const struct suite_end *end, FILE *stream);

#endif
