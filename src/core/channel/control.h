// SPDX-License-Identifier: MIT
/**
 * The control: a policy that mallocfail ctl sends to running processes through the channel, to
 * replace the one that the target was started with.
 *
 * One writer at a time, any number of readers, which never wait. `sequence` is odd while
 * the policy is being written, and a new even number afterwards.
 */
#ifndef MF_CORE_CHANNEL_CONTROL_H
#define MF_CORE_CHANNEL_CONTROL_H

#include "core/policy/policy.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mf_control {
    /** 0 = no policy was ever written. */
    _Atomic uint32_t sequence;
    /** The process ID of the writer; 0 = none. */
    _Atomic int32_t writer;
    /** When the policy was written: CLOCK_MONOTONIC in ns. */
    uint64_t given_ns;
    struct mf_policy policy;
};

/**
 * Write a policy for the target's processes to take. The caller has stored its pid in `writer`.
 *
 * @now
 *         CLOCK_MONOTONIC in ns: the times of the rules count from this moment.
 * @return
 *         The sequence; processes that have taken the policy have it in their slots.
 */
uint32_t mf_control_write(struct mf_control *control, const struct mf_policy *policy,
                          uint64_t now);

/**
 * Copy the policy. Another process, perhaps a hostile one, may be writing it.
 *
 * @sequence, given_ns
 *         Set to the copy's sequence, and to the time when it was written.
 * @return
 *         Whether the copy is complete, with every number in range and every text
 *         terminated; if not, `policy` is undefined.
 */
bool mf_control_read(const struct mf_control *control, struct mf_policy *policy,
                     uint32_t *sequence, uint64_t *given_ns);

#endif
