// SPDX-License-Identifier: MIT
/** gdb on a program, stopped where its allocation fails. */
#ifndef MF_RUNNER_CMD_DEBUGGER_H
#define MF_RUNNER_CMD_DEBUGGER_H

struct debugger {
    /** The libraries to preload, and the file with the policy. */
    const char *preload, *policy;
    /** The program's file, and its arguments from argv[1] on. */
    const char *program;
    char *const *argv;
    /** What the program reads; NULL = what gdb does. */
    const char *input;
    /** What a shell runs before the program; NULL = nothing. */
    const char *prepare;
};

/**
 * Become gdb.
 *
 * @return
 *         -1 with errno, where that fails.
 */
int debugger_become(const struct debugger *debugger);

#endif
