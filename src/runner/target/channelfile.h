// SPDX-License-Identifier: MIT
/**
 * The runner's end of the channel: a file without a name, gone with its last user.
 *
 * Everything read from it may have been scribbled over by a target: whoever reads checks.
 */
#ifndef MF_RUNNER_TARGET_CHANNELFILE_H
#define MF_RUNNER_TARGET_CHANNELFILE_H

#include "core/channel/channel.h"

#include <sys/types.h>

struct tracee_agent;

struct channel {
    /** The file; targets open it as /proc/RUNNER/fd/FD. Where no file may be so large it is
     * a System V segment, and this is -2 less its id. -1 = none. */
    int fd;
    /** All of it, mapped, readable and writable. */
    struct mf_head *head;
    /** Its size; what is above MF_CHANNEL_SIZE belongs to explorations. */
    size_t size;
    /** Who sees to breakpoints in the target; NULL = there are none. */
    struct tracee_agent *agent;
};

/**
 * Make a channel with a policy in it.
 *
 * @return
 *         0 on success, -1 with errno on failure.
 */
int channel_create(struct channel *channel, const char *policy, size_t length);

/** The same, with so many zeroed bytes behind it, from MF_CHANNEL_SIZE on. */
int channel_create_larger(struct channel *channel, const char *policy, size_t length,
                          size_t extra);

/**
 * Map the channel of a target that another mallocfail runs.
 *
 * @runner
 *         The pid of that mallocfail.
 * @fault
 *         Set to what is wrong, in a few words, where it is found but cannot be used;
 *         else NULL. Static.
 * @return
 *         0 on success, -1 where that process holds none, or none that can be used.
 */
int channel_open(struct channel *channel, pid_t runner, const char **fault);

/** Unmap and close; fine on a channel that is all zeroes or already destroyed. */
void channel_destroy(struct channel *channel);

/** How many slots of processes are in use. */
unsigned channel_processes(const struct channel *channel);

/** A slot; `index` is below MF_PROCESSES_MAX. */
struct mf_process *channel_process(const struct channel *channel, unsigned index);

#endif
