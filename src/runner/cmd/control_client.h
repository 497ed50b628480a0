// SPDX-License-Identifier: MIT
/**
 * A target that another mallocfail runs, seen from outside: its processes, and a new
 * policy for all of them.
 *
 * The policy goes into the channel, and the threads of the target are notified to look at
 * it: the leases that they hold are taken back, so that the next call of each comes to
 * the gate. No signal is sent and nobody is stopped; a thread that makes no call takes
 * the policy with the next one that it makes.
 */
#ifndef MF_RUNNER_CMD_CONTROL_CLIENT_H
#define MF_RUNNER_CMD_CONTROL_CLIENT_H

#include "runner/target/channelfile.h"
#include "runner/util/diag.h"

#include <sys/types.h>

/**
 * Find the channel of a target.
 *
 * @pid
 *         A process of the target, or the mallocfail that runs it.
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int control_client_open(struct channel *channel, pid_t pid, const struct diag *diag);

/**
 * Whether a slot is of a process that still runs, and of the image that it runs now.
 *
 * @index
 *         Below channel_processes().
 */
bool control_client_lives(const struct channel *channel, unsigned index);

/**
 * Give all processes of the target another policy.
 *
 * @sequence
 *         Set to what processes show that have taken it.
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int control_client_give(const struct channel *channel, const struct mf_policy *policy,
                        uint32_t *sequence, const struct diag *diag);

/** How it went. */
struct control_client {
    /** Living processes that have taken the policy, and that have not. */
    unsigned taken, waiting;
};

/**
 * Wait until all living processes have taken it.
 *
 * @span
 *         At most so long, in ns.
 */
struct control_client control_client_wait(const struct channel *channel,
                                          uint32_t sequence, uint64_t span);

#endif
