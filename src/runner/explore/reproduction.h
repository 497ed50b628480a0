// SPDX-License-Identifier: MIT
/** Bringing a finding of an exploration back, in the circumstances it was found in. */
#ifndef MF_RUNNER_EXPLORE_REPRODUCTION_H
#define MF_RUNNER_EXPLORE_REPRODUCTION_H

#include "runner/diagnose/outcome.h"
#include "runner/run/preflight.h"
#include "runner/trials/circumstances.h"

struct reproduction {
    const struct preflight *preflight;
    char *const *argv;
    const struct circumstances *circumstances;
    /** "load" and the like. */
    const char *arm;
    /** One more than the enum mf_allocator that serves it. */
    uint32_t allocator;
    /** The finding: its signature as sixteen digits, and its outcome. */
    const char *signature;
    enum outcome outcome;
    /** What it tells of the caller; see outcome.h. */
    size_t caller;
    /** The policy, and the one to try next: files' names, or JSON. */
    const char *policy, *second;
};

/**
 * Run the program until the finding comes back. Where its outcome cannot be told
 * otherwise, clean runs come first. What the runs write and what is found is printed.
 *
 * @return
 *         STATUS_GOOD where it came back, STATUS_DEFECT where it did not, else an exit
 *         status with the user told.
 */
int reproduction_try(const struct reproduction *reproduction, const struct diag *diag);

#endif
