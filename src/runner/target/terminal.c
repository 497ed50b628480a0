// SPDX-License-Identifier: MIT
#include "runner/target/terminal.h"

#include <fcntl.h>
#include <unistd.h>

void terminal_open(struct terminal *terminal) {
    terminal->fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    terminal->own = getpgrp();
    terminal->given = false;
}

bool terminal_is_ours(const struct terminal *terminal) {
    return terminal->fd >= 0 && tcgetpgrp(terminal->fd) == terminal->own;
}

bool terminal_is_wanted(const struct terminal *terminal) {
    return terminal_is_ours(terminal) && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

void terminal_give(struct terminal *terminal, pid_t group) {
    if (tcsetpgrp(terminal->fd, group) == 0) {
        terminal->given = true;
    }
}

void terminal_take(struct terminal *terminal) {
    if (terminal->given) {
        tcsetpgrp(terminal->fd, terminal->own);
        terminal->given = false;
    }
}

void terminal_close(struct terminal *terminal) {
    terminal_take(terminal);
    if (terminal->fd >= 0) {
        close(terminal->fd);
        terminal->fd = -1;
    }
}
