// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/help.h"
#include "runner/util/status.h"

static int print_help(struct settings *settings, struct diag *diag) {
    const char *name = settings->operands[0];
    const struct command *command = name ? cmd_find(name) : NULL;
    if (advice_operands(&cmd_help, settings->operands, 1, diag) != 0) {
        return STATUS_FAILED;
    }
    if (!name) {
        return help_overview(diag);
    }
    if (!command) {
        advice_command(name, diag);
        return STATUS_FAILED;
    }
    return help_print(command, diag);
}

static int print_version(struct settings *settings, struct diag *diag) {
    if (advice_operands(&cmd_version, settings->operands, 0, diag) != 0) {
        return STATUS_FAILED;
    }
    return cmd_print(diag, "mallocfail " PACKAGE_VERSION "\n");
}

const struct command cmd_help = {
    .name = "help",
    .summary = "print this text, or the help of COMMAND; see also 'version'",
    .bit = COMMAND_HELP,
    .function = print_help,
    .operands = OPERANDS_COMMAND,
    .usage = "Usage: mallocfail help [COMMAND]\n"
             "\n"
             "Lists the commands, or describes the options of one.\n",
    .notes = "",
};

const struct command cmd_version = {
    .name = "version",
    .bit = COMMAND_VERSION,
    .function = print_version,
    .operands = OPERANDS_OTHER,
    .usage = "Usage: mallocfail version\n"
             "\n"
             "Prints the version.\n",
    .notes = "",
};
