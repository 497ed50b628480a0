// SPDX-License-Identifier: MIT
/** Messages to the user: one line each on stderr, one write each. */
#ifndef MF_RUNNER_UTIL_DIAG_H
#define MF_RUNNER_UTIL_DIAG_H

#include <stdbool.h>
#include <stddef.h>

struct diag {
    /** Whether stderr is a terminal that wants colours. */
    bool colour;
    /** Errors only. */
    bool quiet;
    /** Not even errors: the exit status has to do. */
    bool silent;
    /** Debug messages too. */
    bool verbose;
};

/** Whether escape sequences have a meaning where messages go: at a terminal that is no
 * dumb one. */
bool diag_is_drawn(void);

/** Find out about stderr; neither quiet, silent nor verbose. */
void diag_init(struct diag *diag);

/** Why something cannot be done. Shown unless silent. */
__attribute__((format(printf, 2, 3))) void diag_error(const struct diag *diag,
                                                      const char *format, ...);

/** What may well not be as the user thinks it is. */
__attribute__((format(printf, 2, 3))) void diag_warn(const struct diag *diag,
                                                     const char *format, ...);

/** What is good to know. */
__attribute__((format(printf, 2, 3))) void diag_note(const struct diag *diag,
                                                     const char *format, ...);

/** What was found and chosen on the way; only when verbose. */
__attribute__((format(printf, 2, 3))) void diag_debug(const struct diag *diag,
                                                      const char *format, ...);

/** Say that memory ran out. */
void diag_no_memory(const struct diag *diag);

/** Write all of a buffer in spite of signals; 0 on success, -1 with errno on failure. */
int diag_write(int fd, const char *text, size_t length);

#endif
