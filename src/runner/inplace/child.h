// SPDX-License-Identifier: MIT
/** Why a child stops: signals, and its time limit. */
#ifndef MF_RUNNER_INPLACE_CHILD_H
#define MF_RUNNER_INPLACE_CHILD_H

#include "runner/inplace/held.h"

/** A new child shows up, or what is left of it; it may take so long. */
void child_meet(struct held *held, pid_t pid, uint64_t limit_ns);

/** How much time a child has at most, in ns. */
uint64_t child_allowance(const struct child *child);

/** Whether a child that was ended by its time had too little of it to say that it hangs. */
bool child_is_hurried(const struct child *child);

/** See whether a program has a child by now that nothing was heard of. */
void child_look_for(struct inplace *inplace, struct held *held);

/** The child stands still in front of a signal. */
void child_stops(struct inplace *inplace, struct held *held,
                 const struct tracee_event *event);

/**
 * End the child where its time is over.
 *
 * @all
 *         End it in any case.
 */
void child_press(const struct inplace *inplace, struct held *held, bool all);

#endif
