// SPDX-License-Identifier: MIT
/** The verdict on a finding, whose stacks are named already. */
#ifndef MF_RUNNER_DIAGNOSE_VERDICT_H
#define MF_RUNNER_DIAGNOSE_VERDICT_H

#include "runner/diagnose/finding.h"

/**
 * Judge a finding by its crash.
 *
 * @in_a_row
 *         How many injections in a row came from one stack, at the end.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int verdict_on_crash(struct finding *finding, const struct finding_context *context,
                     uint64_t in_a_row);

/** Judge a finding without a crash; see finding_judge_end(). */
int verdict_on_end(struct finding *finding, const struct finding_context *context,
                   enum outcome outcome, const char *what);

#endif
