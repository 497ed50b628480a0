// SPDX-License-Identifier: MIT
#include "runner/util/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/** Have a file of a size, with room on its disk for all of it. */
static int make_room(int fd, size_t size) {
    int bad = size == 0 ? 0 : fallocate(fd, 0, 0, (off_t)size);
    return bad && errno == EOPNOTSUPP ? ftruncate(fd, (off_t)size) : bad;
}

int unnamed_open(size_t size) {
    static const char *const folders[] = {"/dev/shm", "/tmp"};
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        int fd = open(folders[i], O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
            continue;
        }
        if (make_room(fd, size) == 0) {
            return fd;
        }
        int saved = errno;
        close(fd);
        errno = saved;
    }
    return -1;
}
