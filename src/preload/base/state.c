// SPDX-License-Identifier: MIT
#include "preload/base/state.h"

_Static_assert(offsetof(struct mf_state, stage) == MF_PAGE,
               "the wiped page holds no more");

struct mf_state mf;
struct mf_thread_counter mf_nobody = {.left = -MF_THREAD_COUNTER_RECALL};
__thread struct mf_thread mf_self = {.gate = &mf_nobody};
