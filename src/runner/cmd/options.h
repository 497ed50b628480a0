// SPDX-License-Identifier: MIT
/** What reading a command line takes beyond getopt_long(3). */
#ifndef MF_RUNNER_CMD_OPTIONS_H
#define MF_RUNNER_CMD_OPTIONS_H

#include "runner/util/diag.h"

#include <stdint.h>

/**
 * Tell the user what getopt_long() did not like; call it with `optind` as it was left.
 *
 * @result
 *         What getopt_long() returned: '?' or ':'.
 */
void options_complain(int result, char *const *argv, const struct diag *diag);

/**
 * Read a length of time: "500ms", "10s", "2m", "1h", or plain seconds; "1.5s" too.
 *
 * @return
 *         0 on success, -1 where it is none, not above zero, or too long.
 */
int options_duration(const char *text, uint64_t *ns);

/** Read --allocator's word, as one more than the enum mf_allocator; -1 where it is none,
 * with the user told. */
int options_allocator(const char *word, uint32_t *allocator, const struct diag *diag);

/** The same for --timeout: -1 where it is no such time, with the user told. */
int options_timeout(const char *text, uint64_t *ns, const struct diag *diag);

#endif
