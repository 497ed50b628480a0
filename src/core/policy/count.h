// SPDX-License-Identifier: MIT
/** The counts of a rule; mf_decide() updates them, and the channel shares them. */
#ifndef MF_CORE_POLICY_COUNT_H
#define MF_CORE_POLICY_COUNT_H

#include <stdatomic.h>
#include <stdint.h>

/** How many calls a rule selected and how many it took. */
struct mf_count {
    _Atomic uint64_t selected;
    _Atomic uint64_t taken;
};

#endif
