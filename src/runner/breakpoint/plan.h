// SPDX-License-Identifier: MIT
/** What breakpoints are put into a static program, by its file. */
#ifndef MF_RUNNER_BREAKPOINT_PLAN_H
#define MF_RUNNER_BREAKPOINT_PLAN_H

#include "core/channel/patch.h"
#include "runner/breakpoint/machine.h"

/** Addresses are as linked. */
struct breakpoint_plan {
    /** The functions; the program is the first of the files. NULL = there is no plan. */
    const struct mf_patches *patches;
    /** How errno is set. */
    struct machine_errno error;
    /** Where main begins, and what comes before the program's constructors; 0 = unknown. */
    uint64_t main, init;
};

/**
 * Work it out.
 *
 * @patches
 *         Outlive the plan.
 * @return
 *         0 on success, -1 with errno where the file cannot be read.
 */
int breakpoint_plan_find(struct breakpoint_plan *plan, const char *path,
                         const struct mf_patches *patches);

/** Whether errno can be set. */
bool breakpoint_plan_sets_errno(const struct breakpoint_plan *plan);

/** The functions that have breakpoints, as a set of MF_FUNCTION_BIT. */
mf_functions breakpoint_plan_functions(const struct breakpoint_plan *plan);

/** Whether a patch has a gate of its own. */
bool breakpoint_plan_gates(const struct mf_patch *patch);

/** The function that a patch is of: its enum mf_function. */
uint32_t breakpoint_plan_function(const struct mf_patch *patch);

#endif
