// SPDX-License-Identifier: MIT
/** What users write behind an option, read by its kind. */
#ifndef MF_RUNNER_CMD_OPTION_VALUE_H
#define MF_RUNNER_CMD_OPTION_VALUE_H

#include "runner/cmd/option_table.h"

/**
 * Put what an option says into the settings.
 *
 * @row
 *         Of any kind but OPTION_HELP and OPTION_VERSION.
 * @text
 *         Its argument, which outlives the settings; NULL where it takes none.
 * @return
 *         0 on success, -1 on failure with the user told.
 */
int option_value_set(const struct option_row *row, struct settings *settings,
                     const char *text, const struct diag *diag);

/**
 * Read a length of time: "500ms", "10s", "2m", "1h", or plain seconds; "1.5s" too.
 *
 * @return
 *         0 on success, -1 if it is not one, not above zero, or too long.
 */
int option_value_duration(const char *text, uint64_t *ns);

#endif
