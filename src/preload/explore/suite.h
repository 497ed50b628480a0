// SPDX-License-Identifier: MIT
/**
 * The library's half of running a whole test suite: in each process of a tested program, a
 * child is cloned at the first allocation of each stack that is new to all of the suite.
 *
 * The runner is not this process's parent: the child is cloned unseen by the program, and
 * waits until the runner traces it.
 */
#ifndef MF_PRELOAD_EXPLORE_SUITE_H
#define MF_PRELOAD_EXPLORE_SUITE_H

#include "core/channel/suite.h"
#include "preload/base/memory.h"
#include "preload/call/call.h"

/** Map what the processes of a suite share; where there is no address space for that, what it
 * takes to write down that this process is not tested. */
void mf_suite_map(const struct mf_memory *memory);

/** See to one allocation; whether it passes: false in a child that is cloned here. Calls
 * whose stack has been tried need not come here again: known.h tells them. */
bool mf_suite_passes(struct mf_interposed_call *call);

/** How long this process may still be held, in ns. */
uint64_t mf_suite_hold_left(void);

/** Why that is no longer: its time has been used up, or a time limit would end the process. */
enum mf_point_state mf_suite_hurry(void);

/** Whether the suite has so little time left that stacks which are new go before a second child
 * for the same stack, which seldom finds what the first one does not. */
bool mf_suite_is_tight(void);

/** How long this process has run, the time it was held left out, in ns. */
uint64_t mf_suite_age(void);

/** In a child: write to the desk's files what would go to stdout and stderr; whether that
 * could be. True where no suite is run. */
bool mf_suite_silence(void);

#endif
