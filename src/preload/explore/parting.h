// SPDX-License-Identifier: MIT
/** How a process that was cloned leaves the target: the runner traces it, its signals are its
 * own, and the effect barrier encloses it. */
#ifndef MF_PRELOAD_EXPLORE_PARTING_H
#define MF_PRELOAD_EXPLORE_PARTING_H

#include "core/channel/channel.h"

#include <stdbool.h>

/** How long to wait for the runner before looking whether it still lives, in ns. */
#define MF_PATIENCE_NS UINT64_C(200000000)

/** Whether the runner is not the parent of the process that is held. */
bool mf_parting_is_distant(void);

bool mf_parting_runner_lives(void);

/** Have the runner trace this process, and the kernel kill it when its parent ends; false if
 * the runner does not. `parent` is the process that cloned this one. */
bool mf_parting_trace(struct mf_child *child, int parent);

/** Leave the parent's session and process group, dump no core, and discard the signals that
 * were for the parent's group; false if the kernel refuses. */
bool mf_parting_detach(void);

/** Which process may send itself signals without asking the runner. */
enum mf_parting_self {
    /** This one. */
    MF_PARTING_SELF,
    /** None: the barrier is also for children of this process. */
    MF_PARTING_NOBODY,
};

/** Put up the effect barrier, for this process and all that it clones; false if the kernel
 * refuses. */
bool mf_parting_enclose(enum mf_parting_self self);

#endif
