// SPDX-License-Identifier: MIT
/** Reading the trigger of a rule: which of its counted calls the rule takes. */
#ifndef MF_CORE_POLICY_POLICY_TRIGGER_H
#define MF_CORE_POLICY_POLICY_TRIGGER_H

#include "core/policy/reader.h"

/** Each reads the value of its key into a `struct mf_rule` and refuses a second
 * trigger. */
mf_read mf_read_nth, mf_read_every, mf_read_from, mf_read_probability, mf_read_heap_above;

#endif
