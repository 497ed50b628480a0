// SPDX-License-Identifier: MIT
/** Advice on a command line that is wrong, or looks wrong. */
#ifndef MF_RUNNER_CMD_ADVICE_H
#define MF_RUNNER_CMD_ADVICE_H

#include "runner/cmd/cmd.h"

/** Say that a word is not a command, and which one is near. */
void advice_command(const char *word, const struct diag *diag);

/**
 * Say that a command does not have an option, and which one or which command is meant.
 *
 * @word
 *         As it stands on the command line, or a dash and the letter.
 * @argv
 *         The command line, of which argv[0] is the program or the name of the command.
 * @named
 *         Whether it names the command.
 */
void advice_option(const struct command *command, bool named, const char *word,
                   char *const *argv, const struct diag *diag);

/** Say that an operand is missing, as "program"; and which option took the last word. */
void advice_missing(const struct command *command, const struct settings *settings,
                    const char *what, const struct diag *diag);

/** Whether there are no more operands than a command takes: 0, or -1 with the user told. */
int advice_operands(const struct command *command, char *const *operands, size_t most,
                    const struct diag *diag);

/** Why an option is not known, as the last part of a message: "did you mean '--x'?". */
void advice_near_option(unsigned commands, const char *name, char *text, size_t size);

/**
 * Look at PROGRAM before it is started: is it a misspelt command, a file of this directory
 * without "./", or what a shell made of a pattern? Options behind it get a hint.
 *
 * @return
 *         0 to go on, else the exit status with the user told.
 */
int advice_program(const struct command *command, const struct settings *settings,
                   const struct diag *diag);

#endif
