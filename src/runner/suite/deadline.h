// SPDX-License-Identifier: MIT
/** How long a process may be held that has a time limit: by a timeout(1) among its
 * ancestors, or by CTest or Meson, whose lists have the limit of each test. */
#ifndef MF_RUNNER_SUITE_DEADLINE_H
#define MF_RUNNER_SUITE_DEADLINE_H

#include "runner/harness/harness.h"

/**
 * Find out until when a process may be held: for a quarter of the time that is given, counted
 * from the start of timeout(1), or of what the harness started; less where the machine has
 * more to do than it has processors. The rest is for what the test does by itself.
 *
 * @return
 *         CLOCK_MONOTONIC, in ns; CLOCK_NEVER where nothing limits it.
 */
uint64_t deadline_of(pid_t pid, struct harnesses *harnesses);

/** How much of the time that is left for a child is for a look at it, if it comes to no end:
 * that takes many stops, each of which has to wait on a busy machine. */
uint64_t deadline_look(uint64_t left_ns);

/** How many times longer all takes than on a machine with nothing else to do; at least 1. */
double deadline_load(void);

#endif
