// SPDX-License-Identifier: MIT
/**
 * The control: a policy that takes the place of the one a target was started with, handed
 * to running processes through the channel (mallocfail ctl).
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
    /** 0 = there was never one. */
    _Atomic uint32_t sequence;
    /** The process ID of the writer; 0 = none. */
    _Atomic int32_t writer;
    /** When the policy was given out: CLOCK_MONOTONIC in ns. */
    uint64_t given_ns;
    struct mf_policy policy;
};

/**
 * Give a policy out. The caller has entered its pid in `writer`.
 *
 * @now
 *         CLOCK_MONOTONIC in ns: where the times of its rules begin.
 * @return
 *         The sequence that processes show when they have taken it.
 */
uint32_t mf_control_write(struct mf_control *control, const struct mf_policy *policy,
                          uint64_t now);

/**
 * Take a copy of the policy, which may be written at this moment, and by anybody.
 *
 * @sequence, given_ns
 *         Set to the copy's sequence, and to when it was given out.
 * @return
 *         Whether there is a whole one, with every number in range and every text
 *         terminated; else `policy` is undefined.
 */
bool mf_control_read(const struct mf_control *control, struct mf_policy *policy,
                     uint32_t *sequence, uint64_t *given_ns);

#endif
