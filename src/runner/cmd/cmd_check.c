// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/target/policyfile.h"
#include "runner/util/status.h"

/** Whether one policy is good; the user is told what is wrong. */
static bool is_good(const char *name, const struct diag *diag) {
    struct policyfile file;
    if (policyfile_load(&file, name, diag) != 0) {
        return false;
    }
    policyfile_destroy(&file);
    return true;
}

static int check(struct settings *settings, struct diag *diag) {
    struct diag told = *diag;
    told.silent = settings->quiet;
    if (!settings->operands[0]) {
        diag_error(diag, "no policy to check: try 'mallocfail check --help'");
        return STATUS_FAILED;
    }
    int status = STATUS_GOOD;
    for (char **name = settings->operands; *name; name++) {
        if (!is_good(*name, &told)) {
            status = STATUS_FAILED;
        }
    }
    return status;
}

const struct command cmd_check = {
    .name = "check",
    .summary = "check policies, and run nothing",
    .bit = COMMAND_CHECK,
    .function = check,
    .ends = true,
    .operands = OPERANDS_FILES,
    .usage =
        "Usage: mallocfail check [OPTION...] FILE...\n"
        "\n"
        "Reads each policy, as 'mallocfail --policy FILE' would, and prints the first\n"
        "error of each one that is wrong, with line and column. A FILE that begins with\n"
        "'{' or '[' is a policy.\n",
    .notes = "Exit status: 0 if all are good, 125 if not.\n",
};
