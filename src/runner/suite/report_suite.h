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

/** All of it. */
void report_suite(struct campaign *campaign, const struct desks *desks,
                  const struct suite_end *end, FILE *stream);

/** Say why nothing was tested, and write more of it to the stream. */
void report_suite_nothing(struct campaign *campaign, const struct desks *desks,
                          const struct suite_end *end, FILE *stream);

#endif
