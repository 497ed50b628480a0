// SPDX-License-Identifier: MIT
/** Calls of one patched function by another: what the program calls is one allocation. */
#ifndef MF_RUNNER_PATCH_INNER_H
#define MF_RUNNER_PATCH_INNER_H

#include "runner/patch/search.h"

/** Whether a function calls, or jumps to, one that is patched. */
bool inner_calls(struct search *search, const struct relocate_code *code);

/** Have the patched functions call each other without being asked. */
void inner_lead_past(struct search *search);

#endif
