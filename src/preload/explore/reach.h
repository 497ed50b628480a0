// SPDX-License-Identifier: MIT
/**
 * Which command of a suite comes to which stacks, in memory that all processes share.
 *
 * A process enters its command when it starts, if no other one has, and a pair of command and
 * stack when it comes to the stack for the first time. Nobody waits: what there is no room for
 * is counted.
 */
#ifndef MF_PRELOAD_EXPLORE_REACH_H
#define MF_PRELOAD_EXPLORE_REACH_H

#include "core/channel/suite.h"

/** Enter this process's command, if that has not been done. */
void mf_reach_begin(struct mf_suite *suite);

/** One more than the index of this process's command; 0 = it found no room. */
uint32_t mf_reach_command(void);

/** This process has come to the stack of an index. */
void mf_reach_note(struct mf_suite *suite, uint64_t stack);

#endif
