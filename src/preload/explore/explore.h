// SPDX-License-Identifier: MIT
/**
 * The library's half of an exploration: in the target's first process it records the
 * stack id of each allocation, or holds at each point.
 */
#ifndef MF_PRELOAD_EXPLORE_EXPLORE_H
#define MF_PRELOAD_EXPLORE_EXPLORE_H

#include "preload/base/memory.h"
#include "preload/call/call.h"
#include "preload/explore/exploration.h"

/**
 * Map what an exploration needs beside the head. Called once, while the channel's file is
 * open and before the process has a slot.
 *
 * @runner
 *         The pid of the process that holds it.
 */
void mf_explore_map(const struct mf_memory *memory, int32_t runner);

/** Whether every allocation of the malloc family has to be counted, though the plan that
 * the process was started with has no rules. */
bool mf_explore_counts_all(const struct mf_plan *plan);

/** Enter all modules that are loaded in the channel's table, where a clean run is recorded:
 * the runner looks for allocators in those, too, that no call comes from. */
void mf_explore_note_modules(void);

/**
 * How many calls ahead of this number are known to pass.
 *
 * @by_rules
 *         How many the rules let pass.
 */
uint64_t mf_explore_passing_ahead(const struct mf_process *process, uint64_t number,
                                  uint64_t by_rules);

/**
 * See to one allocation that no rule takes: record it, or hold if it is a point.
 *
 * @return
 *         Whether it passes; false in a child that is cloned here.
 */
bool mf_explore_passes(struct mf_process *process, struct mf_interposed_call *call,
                       uint64_t number);

#endif
