// SPDX-License-Identifier: MIT
/** The commands: each reads its options, does its work and returns an exit status. */
#ifndef MF_RUNNER_CMD_CMD_H
#define MF_RUNNER_CMD_CMD_H

#include "runner/cmd/option_table.h"
#include "runner/cmd/settings.h"
#include "runner/util/diag.h"

/**
 * Run a command.
 *
 * @settings
 *         The settings from the command line.
 * @return
 *         The exit status.
 */
typedef int cmd_function(struct settings *settings, struct diag *diag);

/** A command; each has its own source file. */
struct command {
    const char *name;
    /** What it does, for the overview; NULL = the overview ends before this command. */
    const char *summary;
    /** Its bit in the table of options. */
    enum command_bit bit;
    cmd_function *function;
    /** Whether the first operand ends the options. */
    bool ends;
    /** The kind of its operands, for shell completion. */
    enum command_operands {
        OPERANDS_PROGRAM,
        OPERANDS_FILES,
        OPERANDS_COMMAND,
        OPERANDS_OTHER,
    } operands;
    /** What --help prints above and below the options. */
    const char *usage, *notes;
};

/** Run a program under a policy. Also the default if the command line names no command but
 * has an option of this one. */
extern const struct command cmd_run;

/** Try every failure of a program. Also the default in all other cases where the command
 * line names no command. */
extern const struct command cmd_explore;

/** Run a whole test suite and try each stack of its programs once. */
extern const struct command cmd_suite;

/** Test a server in operation. */
extern const struct command cmd_serve;

/** Run a finding's reproducer again and report whether the finding occurs again. */
extern const struct command cmd_replay;

/** Check policies. */
extern const struct command cmd_check;

/** Record the allocations of a program, or print what was recorded. */
extern const struct command cmd_trace;

/** Summarise a recording. */
extern const struct command cmd_histogram;

/** Print results again, in any format. */
extern const struct command cmd_report;

/** Merge the results of several explorations. */
extern const struct command cmd_merge;

/** Control a target that another mallocfail runs: change its policy, show its counts. */
extern const struct command cmd_ctl;

/** List the policies that come with mallocfail. */
extern const struct command cmd_list;

/** Print the overview, or the help of a command. */
extern const struct command cmd_help;

/** Print the version. */
extern const struct command cmd_version;

/** The command at an index of the overview's order; NULL after the last one. */
const struct command *cmd_at(size_t index);

/** Find a command by its name; NULL if there is none. */
const struct command *cmd_find(const char *name);

/** Run the command that a command line asks for; returns the exit status. */
int cmd_main(struct diag *diag, int argc, char **argv);

/** Print a text on stdout; 0, or STATUS_FAILED if it cannot be written. */
int cmd_print(const struct diag *diag, const char *text);

/** Flush stdout; 0, or STATUS_FAILED after an error message if not all was written. */
int cmd_flush(const struct diag *diag);

#endif
