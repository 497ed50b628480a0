// SPDX-License-Identifier: MIT
/** A run's report as a text for people. */
#ifndef MF_RUNNER_REPORT_REPORT_TEXT_H
#define MF_RUNNER_REPORT_REPORT_TEXT_H

#include "runner/report/report.h"

#include <stdio.h>

/** Print a report; 0 on success, -1 with errno on failure. */
int report_text(const struct report *report, FILE *stream);

/** Print an injection on one line. */
void report_text_injection(const struct report *report,
                           const struct report_injection *injection, FILE *stream);

/** Print what a policy's rules did, each line after a prefix. */
void report_text_rules(const struct mf_policy *policy, const struct report_rule *rules,
                       const char *prefix, FILE *stream);

#endif
