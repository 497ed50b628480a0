// SPDX-License-Identifier: MIT
/** A policy without JSON: what --nth, --every, --above, --after, --random and the options
 * for modules and functions say. */
#ifndef MF_RUNNER_CMD_SHORTHAND_H
#define MF_RUNNER_CMD_SHORTHAND_H

#include "runner/cmd/cmd.h"

/** Whether there is one of these options. */
bool shorthand_is_given(const struct settings *settings);

/**
 * Whether these options fit together, and with the others.
 *
 * @single
 *         Whether they make the policy of a single run.
 * @return
 *         Whether they do; if not, the user is told.
 */
bool shorthand_fits(const struct settings *settings, bool single,
                    const struct diag *diag);

/** The policy; to be freed. NULL when memory ran out. */
char *shorthand_policy(const struct settings *settings);

#endif
