// SPDX-License-Identifier: MIT
/** What is counted of a rule; mf_decide() moves it, and the channel shares it. */
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
