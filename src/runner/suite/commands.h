// SPDX-License-Identifier: MIT
/** The commands of a suite that came to new stacks: arguments, directory, and the test that
 * the harness says it is. */
#ifndef MF_RUNNER_SUITE_COMMANDS_H
#define MF_RUNNER_SUITE_COMMANDS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct command_line {
    /** NULL at the end; all of it is one block, to be freed. */
    char **argv;
    char *directory;
    /** The name of the test, where automake, CTest or Meson tells; else NULL. */
    char *test;
};

struct commands {
    struct command_line *list;
    size_t count, room;
    /** The process of the latest one. */
    pid_t latest;
    /** For each trial whose command is known, one more than its index. */
    uint32_t *trials;
    size_t trial_room;
};

/** Note that a process is what a trial is for. Without memory it goes untold. */
void commands_note(struct commands *commands, size_t trial, pid_t pid);

/** The command of a trial; NULL where it is not known. */
const struct command_line *commands_of(const struct commands *commands, size_t trial);

/** Release them. */
void commands_destroy(struct commands *commands);

#endif
