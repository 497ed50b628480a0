// SPDX-License-Identifier: MIT
/**
 * From the environment to a policy: finds the channel or the policy's file, reads the
 * policy in the bootstrap arena, and has a slot taken for the process. Anything odd is
 * said once on stderr, and then every call passes.
 */
#ifndef MF_PRELOAD_POLICY_ATTACH_H
#define MF_PRELOAD_POLICY_ATTACH_H

#include "preload/base/state.h"

/**
 * Start the library in a fresh image. Called once, with the next allocator already found.
 *
 * @return
 *         MF_OFF or MF_READY; MF_COLD when it is too early (libc has no
 *         environment yet).
 */
enum mf_gate_stage mf_attach_start(void);

/** Take a slot for a child of a fork that is seen for the first time; its counts begin
 * anew. */
struct mf_process *mf_attach_child(void);

/** This process's slot, taken now by a child of a fork that has none. From inside. */
static inline struct mf_process *mf_attach_process(void) {
    return mf.process ? mf.process : mf_attach_child();
}

#endif
