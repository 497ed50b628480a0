// SPDX-License-Identifier: MIT
/** The explanation of a verdict: which failure led to what, in one sentence. Pure. */
#ifndef MF_RUNNER_DIAGNOSE_EXPLANATION_H
#define MF_RUNNER_DIAGNOSE_EXPLANATION_H

#include "runner/diagnose/outcome.h"

/**
 * Write a verdict's explanation.
 *
 * @verdict
 *         Class, sites and detail are read; the explanation is written.
 */
void explanation_write(const struct outcome_facts *facts,
                       struct outcome_verdict *verdict);

#endif
