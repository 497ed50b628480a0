// SPDX-License-Identifier: MIT
#include "runner/cmd.h"

#include "runner/status.h"

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
