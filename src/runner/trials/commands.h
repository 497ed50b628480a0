// SPDX-License-Identifier: MIT
/** The commands of a suite that came to new stacks: what it takes to run them again, and the
 * test that the harness says it is. */
#ifndef MF_RUNNER_TRIALS_COMMANDS_H
#define MF_RUNNER_TRIALS_COMMANDS_H

#include "runner/harness/harness.h"

struct command_line {
    /** The latest process of it. */
    pid_t pid;
    /** NULL at the end; all of it is one block, to be freed. */
    char **argv;
    char *directory;
    /** The name of the test, where the harness tells; else NULL. */
    char *test;
    /** The number of the test, from 0 on: without a name each command is one. */
    size_t number;
    /** The variables that the runner does not have, or not so; like `argv`. */
    char **environment;
    /** The file that it reads as standard input; NULL = none, or it is no file. */
    char *input;
    /** Whether that is a pipe or a socket, and not the one that the runner has. */
    bool piped;
    /** The file that it executes. */
    char *program;
};

/** Stacks that lie in libraries only. Each counts once for each program that comes there. */
struct commands_shared {
    /** How many there are, and how often they count, those that are not to be tried left
     * out. */
    size_t stacks, by_program;
    /** Those that count once for all programs, for their failures ended the first of them in
     * front of main. */
    size_t early;
    /** Whether stacks of programs without a build id are among them. */
    bool nameless;
};

struct commands {
    struct command_line *list;
    size_t count, room;
    /** How many tests they are. */
    size_t tests;
    /** For each trial whose command is known, one more than its index. */
    uint32_t *trials;
    size_t trial_room;
    /** Further ones that come to what a trial is for. */
    struct commands_reach {
        size_t trial;
        uint32_t command;
    } * reaches;
    size_t reach_count, reach_room;
    /** How often there was no room to note that one does. */
    uint64_t lost;
    /** The harnesses that they come from. */
    struct harnesses harnesses;
    /** Of stacks without a frame of the program. */
    struct commands_shared shared;
};

/** A command that has ended. */
struct commands_text {
    /** The arguments, each with its NUL, and how long they are in all. */
    const char *arguments;
    size_t size;
    /** NULL = not known. */
    const char *directory, *test;
};

/** One more than the index of a process's command, which is added where it is new; 0 where the
 * process is gone or memory ran out. */
uint32_t commands_learn(struct commands *commands, pid_t pid);

/** Note which command a trial is of, as commands_learn() has it: the first one stays. Without
 * memory it goes untold. */
void commands_note(struct commands *commands, size_t trial, uint32_t command);

/** Find a command, or add it; one more than its index, 0 when memory ran out. */
uint32_t commands_add(struct commands *commands, const struct commands_text *text);

/** Note that a command comes to what a trial is for, too; 0 on success, -1 when memory ran
 * out. */
int commands_reach(struct commands *commands, size_t trial, uint32_t command);

/** The command of a trial; NULL where it is not known. */
const struct command_line *commands_of(const struct commands *commands, size_t trial);

/** Add a command as JSON: "arguments", "directory" and "test". Non-zero when memory ran
 * out. */
int command_put(const struct command_line *command, json_t *object);

/**
 * The commands that show a cause, as JSON: a list, and under "commands_in_all" how many
 * there are.
 *
 * @is_of
 *         Whether a trial shows it.
 * @return
 *         0 on success, non-zero when memory ran out.
 */
int commands_put(const struct commands *commands, json_t *object,
                 bool is_of(const void *context, size_t trial), const void *context);

/** Add the base names of the programs of those commands to a list, each once; non-zero when
 * memory ran out. */
int commands_programs(const struct commands *commands, json_t *list,
                      bool is_of(const void *context, size_t trial), const void *context);

/** Release them. */
void commands_destroy(struct commands *commands);

#endif
