// SPDX-License-Identifier: MIT
/**
 * The controlling terminal, and which process group may read it.
 *
 * A target has a process group of its own. Where the runner is in the foreground the
 * terminal is handed over to that group: at once where the target talks to it on both
 * sides, else when the target asks for it (a pager behind a pipe needs it otherwise).
 */
#ifndef MF_RUNNER_TARGET_TERMINAL_H
#define MF_RUNNER_TARGET_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>

struct terminal {
    /** -1 if there is none. */
    int fd;
    /** The runner's process group. */
    pid_t own;
    /** Whether the target has it. */
    bool given;
};

/** Open the controlling terminal, if there is one. */
void terminal_open(struct terminal *terminal);

/** Whether the runner's group has the terminal. */
bool terminal_is_ours(const struct terminal *terminal);

/** Whether the target gets it from the start. */
bool terminal_is_wanted(const struct terminal *terminal);

/** Hand it to a process group. Safe between fork and exec. */
void terminal_give(struct terminal *terminal, pid_t group);

/** Take it back, if it was given. */
void terminal_take(struct terminal *terminal);

/** Take it back and close it. */
void terminal_close(struct terminal *terminal);

#endif
