// SPDX-License-Identifier: MIT
/** The commands of a suite that reached new stacks: the data needed to run them again, and the
 * names of their tests. */
#ifndef MF_RUNNER_TRIALS_COMMANDS_H
#define MF_RUNNER_TRIALS_COMMANDS_H

#include "runner/harness/harness.h"

struct command_line {
    /** Its latest process. */
    pid_t pid;
    /** Ended by NULL; array and strings are one block, to be freed. */
    char **argv;
    char *directory;
    /** The name of the test, if the harness has one; else NULL. */
    char *test;
    /** The number of the test, from 0; without names each command is a test. */
    size_t number;
    /** Environment variables that the runner does not have, or has with another value; stored
     * like `argv`. */
    char **environment;
    /** The file that is its standard input; NULL = none, or not a regular file. */
    char *input;
    /** Whether its standard input is a pipe or a socket, and not the runner's own. */
    bool piped;
    /** The file that it executes. */
    char *program;
};

/** Stacks that lie in libraries only. Each counts once for each program that reaches it. */
struct commands_shared {
    /** Number of these stacks, and their number counted for each program, without those that are
     * not to be tried. */
    size_t stacks, by_program;
    /** How many count only once for all programs, because their failures ended the first program
     * before main. */
    size_t early;
    /** Whether stacks of programs without a build id are among them. */
    bool nameless;
};

struct commands {
    struct command_line *list;
    size_t count, room;
    /** Number of different tests. */
    size_t tests;
    /** For each trial, one more than the index of its command; 0 = unknown. */
    uint32_t *trials;
    size_t trial_room;
    /** Further commands that reach the stack of a trial. */
    struct commands_reach {
        size_t trial;
        uint32_t command;
    } * reaches;
    size_t reach_count, reach_room;
    /** How often there was no room to record that a command reaches a stack. */
    uint64_t lost;
    /** The harnesses that run them. */
    struct harnesses harnesses;
    /** Stacks without a frame of the program. */
    struct commands_shared shared;
};

/** A command that has ended. */
struct commands_text {
    /** The arguments, each with its NUL, and their total length in bytes. */
    const char *arguments;
    size_t size;
    /** NULL = not known. */
    const char *directory, *test;
};

/**
 * One more than the index of a process's command, which is added if it is new; 0 if the process
 * has ended or memory ran out.
 *
 * @test
 *         The name of its test, which can be NULL; NULL = it is to be looked for.
 */
uint32_t commands_learn(struct commands *commands, pid_t pid, const char *const *test);

/** Set the command of a trial, as returned by commands_learn(), unless it has one. If memory
 * runs out, nothing is set. */
void commands_note(struct commands *commands, size_t trial, uint32_t command);

/** Find a command, or add it; one more than its index, 0 when memory ran out. */
uint32_t commands_add(struct commands *commands, const struct commands_text *text);

/** Set the test of a command that has none; all tests get new numbers. */
void commands_name(struct commands *commands, uint32_t command, const char *test);

/** Record that a command reaches the stack of a trial, too; 0 on success, -1 when memory ran
 * out. */
int commands_reach(struct commands *commands, size_t trial, uint32_t command);

/** The command of a trial; NULL if it is not known. */
const struct command_line *commands_of(const struct commands *commands, size_t trial);

/** Add a command as JSON: "arguments", "directory" and "test". Non-zero when memory ran
 * out. */
int command_put(const struct command_line *command, json_t *object);

/** All commands, as JSON; NULL when memory ran out. */
json_t *commands_json(const struct commands *commands);

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
