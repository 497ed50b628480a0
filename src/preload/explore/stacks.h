// SPDX-License-Identifier: MIT
/** The distinct stacks of a clean run: each is written down where it is first met. */
#ifndef MF_PRELOAD_EXPLORE_STACKS_H
#define MF_PRELOAD_EXPLORE_STACKS_H

#include "preload/call/call.h"

/** Keep a call's stack, which has been looked at; its entry, NULL if there is no room. */
struct mf_stack *mf_stacks_keep(const struct mf_interposed_call *call);

/**
 * The same under another key than its id.
 *
 * @like
 *         An entry of the same stack, whose frames serve both; or NULL.
 */
struct mf_stack *mf_stacks_keep_as(const struct mf_interposed_call *call, uint64_t key,
                                   const struct mf_stack *like);

#endif
