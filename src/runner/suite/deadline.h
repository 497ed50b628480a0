// SPDX-License-Identifier: MIT
/** Until when a process may be held whose time is limited: by a timeout(1) among its
 * ancestors, or by meson. */
#ifndef MF_RUNNER_SUITE_DEADLINE_H
#define MF_RUNNER_SUITE_DEADLINE_H

#include <stdint.h>
#include <sys/types.h>

/**
 * Find out until when a process may be held: for a quarter of the time that is given, counted
 * from the start of timeout(1), or of what meson started. The rest is for what the test does
 * by itself.
 *
 * @return
 *         CLOCK_MONOTONIC, in ns; CLOCK_NEVER where nothing limits it.
 */
uint64_t deadline_of(pid_t pid);

#endif
