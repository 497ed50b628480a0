// SPDX-License-Identifier: MIT
/** Files that a suite has removed when it ends: their code has no names any more. */
#ifndef MF_RUNNER_SUITE_GONE_H
#define MF_RUNNER_SUITE_GONE_H

#include "runner/trials/campaign.h"

#include <stdio.h>

/** Say which programs and libraries of stacks are gone, or that commands are, and what helps; a
 * line, or nothing. */
void gone_print(const struct campaign *campaign, FILE *stream);

#endif
