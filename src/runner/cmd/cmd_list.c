// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/advice.h"
#include "runner/cmd/help.h"
#include "runner/target/installed.h"
#include "runner/target/policyfile.h"
#include "runner/util/printable.h"
#include "runner/util/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Print the name of a policy, and below it what it says of itself. */
static int print_policy(const char *name, const struct diag *diag) {
    char *path = installed_find("policies", name, ".json");
    struct policyfile file;
    if (!path || policyfile_load(&file, path, diag) != 0) {
        free(path);
        return -1;
    }
    printable_fix(file.policy->description);
    printf("%s\n    ", name);
    help_column(file.policy->description, 4);
    policyfile_destroy(&file);
    free(path);
    return 0;
}

static int list(struct settings *settings, struct diag *diag) {
    int status = STATUS_GOOD;
    if (advice_operands(&cmd_list, settings->operands, 0, diag) != 0) {
        return STATUS_FAILED;
    }
    char **names = installed_list("policies", ".json");
    if (!names) {
        diag_error(diag, "cannot list the policies in " MF_DATA_FOLDER "/policies: %s",
                   strerror(errno));
        return STATUS_FAILED;
    }
    for (size_t i = 0; names[i]; i++) {
        if (print_policy(names[i], diag) != 0) {
            status = STATUS_FAILED;
        }
    }
    installed_release(names);
    int flushed = cmd_flush(diag);
    return status ? status : flushed;
}

const struct command cmd_list = {
    .name = "list",
    .summary = "list the policies that come with mallocfail, for -p",
    .bit = COMMAND_LIST,
    .function = list,
    .operands = OPERANDS_OTHER,
    .usage = "Usage: mallocfail list\n"
             "\n"
             "Lists the policies that come with mallocfail, with their descriptions:\n"
             "'mallocfail -p NAME PROGRAM' runs PROGRAM under one of them.\n",
    .notes = "Exit status: 0, or 125 if mallocfail failed.\n",
};
