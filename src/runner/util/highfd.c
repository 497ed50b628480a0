// SPDX-License-Identifier: MIT
#include "runner/util/highfd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define HIGH 100

int highfd_copy(int fd) {
    if (fd < 0) {
        return -1;
    }
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, HIGH);
    return copy < 0 && errno == EINVAL ? fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                                       : copy;
}

int highfd_move(int fd) {
    int copy = highfd_copy(fd);
    if (fd >= 0) {
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return copy;
}
