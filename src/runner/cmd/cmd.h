// SPDX-License-Identifier: MIT
/** The subcommands: from options by way of calls to an exit status. */
#ifndef MF_RUNNER_CMD_CMD_H
#define MF_RUNNER_CMD_CMD_H

#include "runner/util/diag.h"

/**
 * Do what a subcommand is for.
 *
 * @argc, argv
 *         Its command line; argv[0] is its own name.
 * @return
 *         The exit status.
 */
typedef int cmd_function(struct diag *diag, int argc, char **argv);

/** Run a program under a policy. Also what is done where no subcommand is named. */
cmd_function cmd_run;

/** Try every failure of a program. Also what is done where neither a subcommand nor a
 * policy is named. */
cmd_function cmd_explore;

/** Join the results of several explorations. */
cmd_function cmd_merge;

/** Run a finding's reproducer again, and tell whether the finding came back. */
cmd_function cmd_replay;

/** Print results again, in any format. */
cmd_function cmd_report;

/** Record the allocations of a program, or print what was recorded. */
cmd_function cmd_trace;

/** Sum a recording up. */
cmd_function cmd_histogram;

/** See to a target that another mallocfail runs: change its policy, show its counts. */
cmd_function cmd_ctl;

/** Check policies. */
cmd_function cmd_check;

/**
 * Act on the options that all subcommands share: quiet, verbose, help, version, and what
 * is none.
 *
 * @help
 *         What to print for help.
 * @return
 *         0 to go on, 1 to end with success, -1 to end with failure; the user is told.
 */
int cmd_option(int option, char *const *argv, const char *help, struct diag *diag);

/** Print a text on stdout; 0, or STATUS_FAILED where it cannot be written. */
int cmd_print(const struct diag *diag, const char *text);

#endif
