// SPDX-License-Identifier: MIT
/** The thread in which a server that does not answer hangs. */
#ifndef MF_RUNNER_SERVE_STUCK_H
#define MF_RUNNER_SERVE_STUCK_H

#include "runner/serve/server.h"

struct stuck {
    /** The process that saw the last failure, or else the server's first one. */
    pid_t pid;
    /** Its thread that keeps on running, or waiting for a lock; 0 = all of them wait for work,
     * or that cannot be seen. */
    pid_t tid;
};

/**
 * Find it: the thread of the last failure if it is stuck, or another one of that process.
 *
 * A server that has just answered runs on for a moment. So a thread must be stuck for 0.2 s of
 * the time in which the processor could be its own; it is looked at for at most 2 s.
 */
struct stuck stuck_find(struct server *server);

#endif
