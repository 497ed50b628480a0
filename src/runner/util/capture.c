// SPDX-License-Identifier: MIT
#include "runner/util/capture.h"

#include "runner/util/diag.h"
#include "runner/util/highfd.h"
#include "runner/util/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/** How much is compared at a time. */
#define CHUNK 16384

/** Take over a descriptor, out of the way; -1 with errno. */
static int take(struct capture *capture, int fd) {
    capture->fd = highfd_move(fd);
    return capture->fd < 0 ? -1 : 0;
}

int capture_open(struct capture *capture) {
    int fd = memfd_create("mallocfail-output", MFD_CLOEXEC);
    if (fd >= 0) {
        fchmod(fd, 0600);
    } else {
        fd = unnamed_open(0);
    }
    return take(capture, fd);
}

int capture_read(struct capture *capture, const char *path) {
    struct stat status;
    if (take(capture, open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) != 0) {
        return -1;
    }
    if (fstat(capture->fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        capture_close(capture);
        errno = EINVAL;
        return -1;
    }
    return 0;
}

void capture_rewind(const struct capture *capture, uint64_t size) {
    if (capture_size(capture) != size && ftruncate(capture->fd, (off_t)size) != 0) {
        return;
    }
    if (lseek(capture->fd, 0, SEEK_CUR) != (off_t)size) {
        lseek(capture->fd, (off_t)size, SEEK_SET);
    }
}

void capture_close(struct capture *capture) {
    if (capture->fd > 0) {
        close(capture->fd);
    }
    capture->fd = -1;
}

void capture_identify(const struct capture *capture, uint64_t *device, uint64_t *inode) {
    struct stat status = {0};
    fstat(capture->fd, &status);
    *device = status.st_dev;
    *inode = status.st_ino;
}

uint64_t capture_size(const struct capture *capture) {
    struct stat status;
    return fstat(capture->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

size_t capture_part(const struct capture *capture, uint64_t offset, char *data,
                    size_t size) {
    size_t got = 0;
    while (got < size) {
        ssize_t now = pread(capture->fd, data + got, size - got, (off_t)(offset + got));
        if (now <= 0 && !(now < 0 && errno == EINTR)) {
            break;
        }
        got += now > 0 ? (size_t)now : 0;
    }
    return got;
}

/** How many bytes two blocks have in common. */
static size_t common(const char *one, const char *other, size_t size) {
    size_t same = 0;
    if (size == 0 || memcmp(one, other, size) == 0) {
        return size;
    }
    while (one[same] == other[same]) {
        same++;
    }
    return same;
}

uint64_t capture_common(const struct capture *one, uint64_t from,
                        const struct capture *other, uint64_t other_from) {
    char ours[CHUNK], theirs[CHUNK];
    uint64_t done = 0;
    size_t got, same;
    do {
        got = capture_part(one, from + done, ours, sizeof(ours));
        got = capture_part(other, other_from + done, theirs, got);
        same = common(ours, theirs, got);
        done += same;
    } while (got > 0 && same == got);
    return done;
}

bool capture_begins(const struct capture *whole, const struct capture *part) {
    return capture_common(whole, 0, part, 0) == capture_size(part);
}

bool capture_same(const struct capture *one, const struct capture *other) {
    return capture_size(one) == capture_size(other) && capture_begins(one, other);
}

size_t capture_tail(const struct capture *capture, char *text, size_t size) {
    uint64_t all = capture_size(capture);
    uint64_t skip = all > size - 1 ? all - (size - 1) : 0;
    size_t got = capture_part(capture, skip, text, size - 1);
    text[got] = '\0';
    return got;
}

int capture_print(const struct capture *capture, int fd, uint64_t max) {
    char data[CHUNK];
    int bad = 0;
    uint64_t done = 0;
    size_t got;
    do {
        uint64_t left = max - done;
        got = capture_part(capture, done, data, left < CHUNK ? left : CHUNK);
        bad = got > 0 ? diag_write(fd, data, got) : 0;
        done += got;
    } while (!bad && got > 0);
    return bad;
}

int capture_copy(struct capture *capture) {
    struct capture copy;
    if (capture_open(&copy) != 0) {
        return -1;
    }
    if (capture_print(capture, copy.fd, UINT64_MAX) != 0) {
        int saved = errno;
        capture_close(&copy);
        errno = saved;
        return -1;
    }
    capture_close(capture);
    *capture = copy;
    return 0;
}

int capture_save(const struct capture *capture, const char *path) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        return -1;
    }
    int bad = capture_print(capture, fd, UINT64_MAX);
    int saved = errno;
    if (close(fd) != 0 && !bad) {
        return -1;
    }
    errno = saved;
    return bad;
}
