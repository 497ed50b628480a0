// SPDX-License-Identifier: MIT
/** A command of the user's that talks to the server: it runs beside it, without the
 * library, and is no part of what is tested. */
#ifndef MF_RUNNER_SERVE_CLIENT_H
#define MF_RUNNER_SERVE_CLIENT_H

#include "runner/target/signals.h"
#include "runner/target/tracee.h"
#include "runner/util/capture.h"

struct client {
    /** 0 = it is not running. */
    pid_t pid;
    /** wait()'s, when it has ended. */
    int status;
    /** Whether it had no end in its time. */
    bool timed_out;
};

/**
 * Start one by a shell.
 *
 * @tracer
 *         Its end comes from here; it is not traced.
 * @output
 *         What it writes to its standard streams goes there.
 * @return
 *         0 on success, -1 with errno.
 */
int client_start(struct client *client, const char *command, const struct capture *output,
                 const struct signals *signals, struct tracer *tracer);

/** Take its end. */
void client_end(struct client *client, int status);

/** Kill it, with what it started in its process group. */
void client_kill(struct client *client);

#endif
