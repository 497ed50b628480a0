// SPDX-License-Identifier: MIT
/**
 * The order of novelty: any prefix of it has seen the most different code.
 *
 * First comes a point of each place in the program's own code that allocates, wrappers
 * included, and of each caller of an allocation function, be it in a run-time library; then
 * of each call site; then one of each path that differs in its 2 innermost frames,
 * in 3, 4, 6, 8, in all of them; then what differs only in the frames of run-time
 * libraries; then the second and the last allocation of each stack. A path is what a stack
 * is from its call site on.
 */
#ifndef MF_RUNNER_POINTS_NOVELTY_H
#define MF_RUNNER_POINTS_NOVELTY_H

#include "runner/points/points.h"

/**
 * Find out what is new at each point, and sort them by it; what is equally new stays in
 * the order of processes and numbers.
 *
 * @points
 *         Those that are to be told apart by their stacks have NOVEL_STACK.
 * @return
 *         0 on success, -1 when memory ran out.
 */
int novelty_order(struct points *points, const struct stacks *stacks);

#endif
