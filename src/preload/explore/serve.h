// SPDX-License-Identifier: MIT
/** The library's half of testing a server: its processes write down the stacks of their
 * allocations, and fail the next one of the stack that the runner wants. */
#ifndef MF_PRELOAD_EXPLORE_SERVE_H
#define MF_PRELOAD_EXPLORE_SERVE_H

#include "preload/base/memory.h"
#include "preload/call/call.h"

/** Map what the server's processes share. Called by mf_explore_map(), which has mapped the
 * stacks. */
void mf_serve_map(const struct mf_memory *memory);

/** See to one allocation; whether it passes. */
bool mf_serve_passes(struct mf_process *process, struct mf_interposed_call *call);

#endif
