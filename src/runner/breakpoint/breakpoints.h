// SPDX-License-Identifier: MIT
/**
 * Breakpoints in static programs: what the library does inside other programs, done from
 * outside. One of these sees to all processes of a run; what it learns goes into the channel,
 * as the library would have it.
 */
#ifndef MF_RUNNER_BREAKPOINT_BREAKPOINTS_H
#define MF_RUNNER_BREAKPOINT_BREAKPOINTS_H

#include "runner/breakpoint/gates.h"
#include "runner/target/tracee.h"

struct breakpoints;

/**
 * Begin with a run.
 *
 * @breakpoints
 *         Set to NULL where there is no plan.
 * @plan
 *         What is put into the program's processes; outlives the run.
 * @channel
 *         Its channel, with the policy in it; outlives the breakpoints.
 * @return
 *         0 on success, -1 with errno.
 */
int breakpoints_begin(struct breakpoints **breakpoints,
                      const struct breakpoint_plan *plan, const struct channel *channel);

/** Who is to be told what happens to the processes; NULL where there is nobody. */
struct tracee_agent *breakpoints_agent(struct breakpoints *breakpoints);

/** What is said where nothing can be traced. */
#define BREAKPOINTS_UNTRACED GATES_FAULT("the kernel refuses to have it traced")

/** Why some process got none; NULL = all did. Static. */
const char *breakpoints_fault(const struct breakpoints *breakpoints);

/** End with it: those of its processes that go on do so without. NULL is fine. */
void breakpoints_free(struct breakpoints *breakpoints);

#endif
