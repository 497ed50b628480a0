// SPDX-License-Identifier: MIT
/** The account of live blocks that a process keeps in its own memory; see
 * core/channel/account.h. The process must stand still while it is read. */
#ifndef MF_RUNNER_TARGET_ACCOUNT_H
#define MF_RUNNER_TARGET_ACCOUNT_H

#include "core/channel/account.h"

#include <sys/types.h>

/** A copy of what it says of origins, without their frames. */
struct account {
    /** What distinguishes it from other accounts of the same process. */
    uint64_t serial;
    /** Number of blocks that found no room. */
    uint64_t lost;
    struct mf_origin *origins;
    size_t count;
};

/**
 * Read one.
 *
 * @address
 *         Where it is, as the process says.
 * @return
 *         0 on success; -1 if it is not there or memory ran out, with nothing to destroy.
 */
int account_read(struct account *account, pid_t pid, uint64_t address);

/** Read the frames of an origin, MF_FRAMES_MAX of them; 0 on success. */
int account_read_frames(pid_t pid, uint64_t address, size_t origin,
                        struct mf_frame *frames);

/** Release the copy; fine on one that is all zeroes. */
void account_destroy(struct account *account);

#endif
