// SPDX-License-Identifier: MIT
#include "runner/cmd/cmd.h"

#include "runner/cmd/options.h"
#include "runner/util/status.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int cmd_print(const struct diag *diag, const char *text) {
    if (diag_write(STDOUT_FILENO, text, strlen(text)) == 0) {
        return STATUS_GOOD;
    }
    diag_error(diag, "cannot write to the standard output: %s", strerror(errno));
    return STATUS_FAILED;
}

int cmd_option(int option, char *const *argv, const char *help, struct diag *diag) {
    switch (option) {
    case 'q':
        diag->quiet = true;
        return 0;
    case 'v':
        diag->verbose = true;
        return 0;
    case 'h':
        return cmd_print(diag, help) == 0 ? 1 : -1;
    case 'V':
        return cmd_print(diag, "mallocfail " PACKAGE_VERSION "\n") == 0 ? 1 : -1;
    default:
        options_complain(option, argv, diag);
        return -1;
    }
}
