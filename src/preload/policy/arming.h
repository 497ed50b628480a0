// SPDX-License-Identifier: MIT
/** Arming: from which moment on calls are counted and fail. */
#ifndef MF_PRELOAD_POLICY_ARMING_H
#define MF_PRELOAD_POLICY_ARMING_H

#include "core/policy/policy.h"

#include <stdbool.h>

/** A moment is reached: arm if the policy wants it then; whether it does. The library has
 * started. */
bool mf_arming_reach(enum mf_arm when);

/** Let everything pass again, under a policy armed by the program; whether it was
 * armed. */
bool mf_arming_undo(void);

#endif
