// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/target/policyfile.h"
#include "runner/util/status.h"

#include <getopt.h>

static const char help[] =
    "Usage: mallocfail check [OPTION...] FILE...\n"
    "\n"
    "Reads each policy, as 'mallocfail --policy FILE' would. Prints the first error of "
    "each\n"
    "one that is wrong, with line and column, and exits with 125 if there is any; "
    "prints\n"
    "nothing and exits with 0 if all are good. A FILE that begins with '{' is a policy.\n"
    "\n"
    "  -q, --quiet  print nothing: the exit status tells\n"
    "  -h, --help   print this help\n";

static const struct option options[] = {
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {0},
};

/** Whether one policy is good; the user is told what is wrong. */
static bool is_good(const char *name, const struct diag *diag) {
    struct policyfile file;
    if (policyfile_load(&file, name, diag) != 0) {
        return false;
    }
    policyfile_destroy(&file);
    return true;
}

int cmd_check(struct diag *diag, int argc, char **argv) {
    struct diag told = *diag;
    int option;
    while ((option = getopt_long(argc, argv, "+:qh", options, NULL)) != -1) {
        switch (option) {
        case 'q':
            told.silent = true;
            break;
        case 'h':
            return cmd_print(diag, help);
        default:
            options_complain(option, argv, diag);
            return STATUS_FAILED;
        }
    }
    if (optind == argc) {
        diag_error(diag, "no policy to check: try 'mallocfail check --help'");
        return STATUS_FAILED;
    }
    int status = STATUS_GOOD;
    for (int i = optind; i < argc; i++) {
        if (!is_good(argv[i], &told)) {
            status = STATUS_FAILED;
        }
    }
    return status;
}
