// SPDX-License-Identifier: MIT
/** What tells findings apart across runs and builds. */
#ifndef MF_RUNNER_DIAGNOSE_SIGNATURE_H
#define MF_RUNNER_DIAGNOSE_SIGNATURE_H

#include "runner/diagnose/finding.h"

/** Equal for the same defect: the injected stack, outcome and class, the crash stack. */
uint64_t signature_of_crash(const struct finding *finding, const struct modules *modules);

/** The same where there is no crash: the injected stack and the outcome. */
uint64_t signature_of_end(const struct finding *finding);

#endif
