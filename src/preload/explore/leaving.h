// SPDX-License-Identifier: MIT
/**
 * The end of a process of a suite whose children's leaks are not known yet: the runner reads
 * which blocks the process itself leaves before it goes. The children that were tried in place
 * are compared with that.
 *
 * A process that does not end by exit() or _exit() says nothing.
 */
#ifndef MF_PRELOAD_EXPLORE_LEAVING_H
#define MF_PRELOAD_EXPLORE_LEAVING_H

#include "core/channel/explore.h"

/** A child is about to be cloned: describe what it is compared by. */
void mf_leaving_describe(struct mf_child *child);

/** A child has ended: if the runner keeps what it left, the process has to tell its own end. */
void mf_leaving_note(const struct mf_child *child);

/** The process is about to end: nothing of the program runs any more. A child only writes down
 * where. */
void mf_leaving_tell(void);

#endif
