// SPDX-License-Identifier: MIT
#include "runner/util/wait.h"

#include <errno.h>
#include <sys/wait.h>

pid_t wait_through(pid_t pid, int *status, int options) {
    pid_t ended;
    do {
        ended = waitpid(pid, status, options);
    } while (ended < 0 && errno == EINTR);
    return ended;
}
