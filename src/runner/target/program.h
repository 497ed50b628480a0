// SPDX-License-Identifier: MIT
/** PROGRAM as execvp(3) finds it, and through `#!` lines to the file that is really
 * loaded. */
#ifndef MF_RUNNER_TARGET_PROGRAM_H
#define MF_RUNNER_TARGET_PROGRAM_H

#include "runner/util/diag.h"

#include <stdbool.h>

struct program {
    /** What is executed. */
    char *path;
    /** What is loaded: the same, or the interpreter where it is a script. */
    char *binary;
};

/**
 * Find a program. What is wrong with it is told to the user.
 *
 * @name
 *         Looked for along PATH where it has no slash.
 * @return
 *         0 on success, else the exit status, with nothing to destroy: STATUS_NOT_FOUND,
 *         STATUS_CANNOT_RUN, or STATUS_FAILED where memory ran out.
 */
int program_find(struct program *program, const char *name, const struct diag *diag);

/** Whether there is a program of that name; nobody is told. */
bool program_exists(const char *name);

/** Make its path good from any directory; 0 on success, -1 with errno on failure. */
int program_anchor(struct program *program);

/** Release what program_find() took. */
void program_destroy(struct program *program);

#endif
