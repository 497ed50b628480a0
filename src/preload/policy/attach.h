// SPDX-License-Identifier: MIT
/**
 * From the environment to a policy: finds the channel or the policy's file, reads the
 * policy in the bootstrap arena, and takes a slot for the process. Anything odd is said
 * once on stderr, and then every call passes.
 */
#ifndef MF_PRELOAD_POLICY_ATTACH_H
#define MF_PRELOAD_POLICY_ATTACH_H

#include "preload/base/state.h"

/**
 * Start the library in a fresh image. Called once, with mf.next already found.
 *
 * @return
 *         MF_OFF, MF_READY or MF_ARMED; MF_COLD when it is too early (libc has no
 *         environment yet).
 */
enum mf_gate_stage mf_attach_start(void);

/** Take a slot for a child of a fork that is seen for the first time; its counts begin
 * anew. */
struct mf_process *mf_attach_child(void);

/** Tell the runner where the page allocator keeps its books, if it serves. */
void mf_attach_heap(struct mf_process *process);

/** Which process of its image one is, from 1. */
uint64_t mf_attach_index(const struct mf_process *process);

/** A variable of the environment; NULL where it is not set. */
const char *mf_attach_variable(const char *name);

/** Begin to count and to fail, now. */
void mf_attach_arm(void);

#endif
