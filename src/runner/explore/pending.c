// SPDX-License-Identifier: MIT
#include "runner/explore/pending.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/** Whether bytes of a file lie behind where it is read. */
static bool has_more(int fd, const struct stat *file) {
    off_t at = lseek(fd, 0, SEEK_CUR);
    return at >= 0 && at < file->st_size;
}

/** Whether bytes have come that nobody has read. */
static bool has_come(int fd) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    int count = 0;
    return poll(&wanted, 1, 0) > 0 && (wanted.revents & POLLIN) &&
           ioctl(fd, FIONREAD, &count) == 0 && count > 0;
}

bool pending_input(int fd) {
    struct stat file;
    if (fstat(fd, &file) != 0) {
        return false;
    }
    bool pipe = S_ISFIFO(file.st_mode) || S_ISSOCK(file.st_mode);
    return S_ISREG(file.st_mode) ? has_more(fd, &file) : pipe && has_come(fd);
}
