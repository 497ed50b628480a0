// SPDX-License-Identifier: MIT
/** A process's slot: where it counts, and the runner reads. */
#ifndef MF_PRELOAD_POLICY_SLOT_H
#define MF_PRELOAD_POLICY_SLOT_H

#include "core/channel/channel.h"

/** Take a slot of the channel, or the library's own if there is none. */
struct mf_process *mf_slot_take(void);

/** Which process of its image one is, from 1. */
uint64_t mf_slot_index(const struct mf_process *process);

/** Tell the runner where the page allocator keeps its books, if it serves. */
void mf_slot_note_heap(struct mf_process *process);

/** Begin to count and to fail, now. */
void mf_slot_arm(void);

#endif
