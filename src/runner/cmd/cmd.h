// SPDX-License-Identifier: MIT
/** The commands: each reads its options, does its work and returns an exit status. */
#ifndef MF_RUNNER_CMD_CMD_H
#define MF_RUNNER_CMD_CMD_H

#include "runner/cmd/option_table.h"
#include "runner/cmd/settings.h"
#include "runner/util/diag.h"

/**
 * Do what a command is for.
 *
 * @settings
 *         What the command line says.
 * @return
 *         The exit status.
 */
typedef int cmd_function(struct settings *settings, struct diag *diag);

/** A command, which has a file of its own. */
struct command {
    const char *name;
    /** What it does, for the overview; NULL = that ends before it. */
    const char *summary;
    /** What the table of options calls it. */
    enum command_bit bit;
    cmd_function *function;
    /** Whether the first operand ends the options. */
    bool ends;
    /** What the operands are, for shells that complete them. */
    enum command_operands {
        OPERANDS_PROGRAM,
        OPERANDS_FILES,
        OPERANDS_COMMAND,
        OPERANDS_OTHER,
    } operands;
    /** What --help prints above the options, and below. */
    const char *usage, *notes;
};

/** Run a program under a policy. Also what is done where the command line names no
 * command, but an option of this one. */
extern const struct command cmd_run;

/** Try every failure of a program. Also what is done where the command line names no
 * command otherwise. */
extern const struct command cmd_explore;

/** Run a whole test suite, and try each stack of its programs once. */
extern const struct command cmd_suite;

/** Test a server in operation. */
extern const struct command cmd_serve;

/** Run a finding's reproducer again, and tell whether the finding came back. */
extern const struct command cmd_replay;

/** Check policies. */
extern const struct command cmd_check;

/** Record the allocations of a program, or print what was recorded. */
extern const struct command cmd_trace;

/** Sum a recording up. */
extern const struct command cmd_histogram;

/** Print results again, in any format. */
extern const struct command cmd_report;

/** Join the results of several explorations. */
extern const struct command cmd_merge;

/** See to a target that another mallocfail runs: change its policy, show its counts. */
extern const struct command cmd_ctl;

/** Name the policies that come with mallocfail. */
extern const struct command cmd_list;

/** Print the overview, or the help of a command. */
extern const struct command cmd_help;

/** Print the version. */
extern const struct command cmd_version;

/** A command, in the order in which they are listed; NULL behind the last one. */
const struct command *cmd_at(size_t index);

/** Find a command by its name; NULL if there is none. */
const struct command *cmd_find(const char *name);

/** Do what a command line says; the exit status. */
int cmd_main(struct diag *diag, int argc, char **argv);

/** Print a text on stdout; 0, or STATUS_FAILED where it cannot be written. */
int cmd_print(const struct diag *diag, const char *text);

/** Flush stdout; 0, or STATUS_FAILED with the user told where not all was written. */
int cmd_flush(const struct diag *diag);

#endif
