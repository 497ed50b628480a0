// SPDX-License-Identifier: MIT
/**
 * Following a NULL: whether the one that a child ran into is the one that its failed call
 * had returned.
 *
 * One more child is cloned at the point, and there the call returns another small number,
 * where nothing is mapped either. If that child breaks at the same instruction, called from
 * the same places, at an address that is larger by just that number, then the address was
 * made of what the call returned. A program that looks at what it was given goes another
 * way.
 */
#ifndef MF_RUNNER_INPLACE_FOLLOW_H
#define MF_RUNNER_INPLACE_FOLLOW_H

#include "runner/inplace/held.h"

/** Have what a trial's child ran into followed, if it is a NULL and of a new place: the
 * target clones one more child when it is let go. */
void follow_begin(const struct inplace *inplace, struct held *held,
                  const struct trial *trial, const struct mf_child *told);

/** Whether the child is such a second one. */
bool follow_is_on(const struct held *held);

/** The second child is about to get a fatal signal: compare. */
void follow_compare(const struct inplace *inplace, struct held *held, int signal);

#endif
