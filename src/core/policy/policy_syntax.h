// SPDX-License-Identifier: MIT
/** Why a text is not JSON: the place, and how to fix it. */
#ifndef MF_CORE_POLICY_POLICY_SYNTAX_H
#define MF_CORE_POLICY_POLICY_SYNTAX_H

#include "core/policy/policy.h"

#include <jansson.h>

/**
 * Check what can be seen before parsing: length, depth, and that there is an object.
 *
 * @return
 *         0, or -1 with the error filled.
 */
int mf_syntax_check(const char *text, size_t length, struct mf_policy_error *error);

/** Fill an error from the one that jansson's parser gave for a text. */
void mf_syntax_explain(const char *text, size_t length, const json_error_t *found,
                       struct mf_policy_error *error);

/** Fill an error for a text that needs more memory than is available. */
void mf_syntax_too_large(struct mf_policy_error *error);

#endif
