// SPDX-License-Identifier: MIT
/**
 * Where a NULL comes from: whether the one that a child ran into is the one that its failed
 * call had returned.
 *
 * One more child is cloned at the point, and there the call returns another small number,
 * where nothing is mapped either. If that child breaks at the same instruction, called from
 * the same places, at an address that is larger by just that number, then the address was
 * made of what the call returned. A program that looks at what it was given goes another
 * way, and nothing is claimed; only one that looks, puts another NULL in its place and then
 * uses that at the same instruction cannot be told.
 */
#ifndef MF_RUNNER_INPLACE_ORIGIN_H
#define MF_RUNNER_INPLACE_ORIGIN_H

#include "runner/inplace/held.h"

/** Have what a trial's child ran into looked at, if it is a NULL and of a new place: the
 * target clones one more child when it is let go. Returns whether it does. */
bool origin_ask(const struct inplace *inplace, struct held *held,
                const struct trial *trial, const struct mf_child *told);

/** Whether the child is a second one. */
bool origin_is_asked(const struct held *held);

/** The second child is about to get a fatal signal: compare. */
void origin_compare(const struct inplace *inplace, struct held *held, int signal);

#endif
