// SPDX-License-Identifier: MIT
/** What the processes of a run died of. */
#ifndef MF_RUNNER_DIAGNOSE_DEATH_H
#define MF_RUNNER_DIAGNOSE_DEATH_H

#include "runner/crash/facts.h"

/**
 * Whether a crash of a run is the one to tell of: the one that its process died of. A fault
 * that the program lived with is not, when another crash came later; nor is what a signal
 * handler does about the crash it was called for. Where a handler had the process end well,
 * the first fault after a failure is.
 *
 * @crashes
 *         All crashes of the run, in order.
 */
bool death_is_by(const struct crash *crashes, size_t count, size_t index);

#endif
