// SPDX-License-Identifier: MIT
/** Reading the rules of a policy. */
#ifndef MF_CORE_POLICY_POLICY_RULE_H
#define MF_CORE_POLICY_POLICY_RULE_H

#include "core/policy/reader.h"

/** The keys of a rule. */
extern const struct mf_fields mf_rule_fields;

/** Read "rules" into a `struct mf_policy`. */
mf_read mf_read_rules;

#endif
