// SPDX-License-Identifier: MIT
#include "runner/inplace/output.h"

#include "runner/target/procfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
/** TCGETS2, as in barrier.c. */
#define GET_TERMINAL _IOC(_IOC_READ, 'T', 0x2a, 44)
/** The size of the kernel's struct statx. */
#define STATUS_SIZE 256
/** "/proc/thread-self/fd/1" and the like. */
#define LINK_MAX_SIZE 32

const int output_calls[] = {
    SYS_fstat,  SYS_newfstatat, SYS_statx,     SYS_fstatfs,   SYS_lseek,
    SYS_fcntl,  SYS_ioctl,      SYS_read,      SYS_readv,     SYS_pread64,
    SYS_preadv, SYS_fchdir,     SYS_fadvise64, SYS_fgetxattr, SYS_getdents64,
};
const unsigned output_call_count = sizeof(output_calls) / sizeof(output_calls[0]);

/** What a child asks about one descriptor. */
struct question {
    const struct output_call *call;
    int fd;
    /** The target's, as the runner can name it, and what it is. */
    char path[64];
    struct stat status;
    long *result;
};

static enum output_reply answer(const struct question *question, long result) {
    *question->result = result;
    return OUTPUT_ANSWERED;
}

/** Fill a call's structure in the child. */
static enum output_reply fill(const struct question *question, uint64_t address,
                              const void *data, size_t size, long result) {
    struct iovec local = {(void *)(uintptr_t)data, size};
    struct iovec remote = {(void *)(uintptr_t)address, size};
    bool filled = process_vm_writev(question->call->child, &local, 1, &remote, 1, 0) ==
                  (ssize_t)size;
    return answer(question, filled ? result : -EFAULT);
}

/** Read the beginning of a string of the child's, as far as its page goes; whether there is
 * one. */
static bool read_string(const struct output_call *call, uint64_t address, char *text,
                        size_t size) {
    size_t page = 4096 - address % 4096;
    struct iovec local = {text, page < size - 1 ? page : size - 1};
    struct iovec remote = {(void *)(uintptr_t)address, local.iov_len};
    memset(text, 0, size);
    return process_vm_readv(call->child, &local, 1, &remote, 1, 0) > 0;
}

/** Whether a call with a path means the descriptor itself. */
static bool means_descriptor(const struct question *question, uint64_t path,
                             uint64_t flags) {
    char text[2];
    return flags & AT_EMPTY_PATH &&
           (path == 0 ||
            (read_string(question->call, path, text, sizeof(text)) && text[0] == '\0'));
}

static enum output_reply answer_fstat(const struct question *question) {
    return fill(question, question->call->arguments[1], &question->status,
                sizeof(question->status), 0);
}

static enum output_reply answer_newfstatat(const struct question *question) {
    const uint64_t *arguments = question->call->arguments;
    return means_descriptor(question, arguments[1], arguments[3])
               ? fill(question, arguments[2], &question->status, sizeof(question->status),
                      0)
               : OUTPUT_AS_IS;
}

static enum output_reply answer_statx(const struct question *question) {
    const uint64_t *arguments = question->call->arguments;
    char data[STATUS_SIZE];
    if (!means_descriptor(question, arguments[1], arguments[2])) {
        return OUTPUT_AS_IS;
    }
    uint64_t flags = arguments[2] & ~(uint64_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
    long bad =
        syscall(SYS_statx, AT_FDCWD, question->path, flags, (unsigned)arguments[3], data);
    return bad ? answer(question, -errno)
               : fill(question, arguments[4], data, sizeof(data), 0);
}

static enum output_reply answer_fstatfs(const struct question *question) {
    struct statfs system;
    return statfs(question->path, &system)
               ? OUTPUT_UNKNOWN
               : fill(question, question->call->arguments[1], &system, sizeof(system), 0);
}

/** A number of the target's fdinfo; -1 = it cannot be read. */
static long read_info(const struct question *question, const char *name, int base) {
    char file[40], text[512];
    snprintf(file, sizeof(file), "fdinfo/%d", question->fd);
    procfile_read(question->call->target, file, text, sizeof(text));
    const char *found = strstr(text, name);
    return found ? strtol(found + strlen(name), NULL, base) : -1;
}

static enum output_reply answer_fcntl(const struct question *question) {
    int command = (int)question->call->arguments[1];
    if (command == F_GETFD || command == F_SETFD) {
        return OUTPUT_AS_IS;
    }
    if (command != F_GETFL) {
        return OUTPUT_NOT_ASKED;
    }
    long flags = read_info(question, "flags:", 8);
    return flags < 0 ? OUTPUT_UNKNOWN : answer(question, flags & ~(long)O_CLOEXEC);
}

/** Get the target's descriptor; -1 = the kernel refuses. */
static int get(const struct question *question) {
    int target = (int)syscall(SYS_pidfd_open, question->call->target, 0);
    int fd = target < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, target, question->fd, 0);
    if (target >= 0) {
        close(target);
    }
    return fd;
}

static bool is_of_memory(const struct stat *status) {
    return S_ISCHR(status->st_mode) && major(status->st_rdev) == 1;
}

/** Where a device's next byte goes. */
static enum output_reply answer_device_offset(const struct question *question) {
    int fd = get(question);
    if (fd < 0) {
        return OUTPUT_UNKNOWN;
    }
    off_t offset = lseek(fd, 0, SEEK_CUR);
    long result = offset < 0 ? -errno : (long)offset;
    close(fd);
    return answer(question, result);
}

static enum output_reply answer_lseek(const struct question *question) {
    const struct output_call *call = question->call;
    if (S_ISFIFO(question->status.st_mode) || S_ISSOCK(question->status.st_mode)) {
        return answer(question, -ESPIPE);
    }
    if (call->arguments[1] != 0 || (int)call->arguments[2] != SEEK_CUR) {
        return OUTPUT_UNKNOWN;
    }
    if (S_ISCHR(question->status.st_mode)) {
        return answer_device_offset(question);
    }
    // Both may share an offset, which the child has not moved.
    if (!S_ISREG(question->status.st_mode) || capture_size(&call->captures[0]) > 0 ||
        capture_size(&call->captures[1]) > 0) {
        return OUTPUT_UNKNOWN;
    }
    long offset = read_info(question, "pos:", 10);
    return offset < 0 ? OUTPUT_UNKNOWN : answer(question, offset);
}

/** Ask a device what the child asks. */
static enum output_reply answer_device(const struct question *question, size_t size) {
    char data[64] = {0};
    int fd = get(question);
    if (fd < 0) {
        return OUTPUT_UNKNOWN;
    }
    long bad = syscall(SYS_ioctl, fd, question->call->arguments[1], data);
    long result = bad ? -errno : 0;
    close(fd);
    return bad ? answer(question, result)
               : fill(question, question->call->arguments[2], data, size, result);
}

static enum output_reply answer_ioctl(const struct question *question) {
    // The first structure is the kernel's; the C library's is larger.
    static const struct {
        unsigned long request;
        size_t size;
    } requests[] = {
        {TCGETS, 36},
        {GET_TERMINAL, 44},
        {TIOCGWINSZ, sizeof(struct winsize)},
    };
    unsigned request = (unsigned)question->call->arguments[1];
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (request == requests[i].request) {
            mode_t mode = question->status.st_mode;
            return S_ISCHR(mode) && !is_of_memory(&question->status)
                       ? answer_device(question, requests[i].size)
                       : answer(question, -ENOTTY);
        }
    }
    return OUTPUT_UNKNOWN;
}

/** Whether a descriptor of the child is its capture. */
static bool is_captured(const struct output_call *call, int fd) {
    struct stat status;
    char path[64];
    uint64_t device, inode;
    capture_identify(&call->captures[fd - 1], &device, &inode);
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)call->child, fd);
    return stat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode;
}

/** Whether a call about what is no capture changes nothing. */
static bool is_harmless(const struct output_call *call) {
    unsigned command = (unsigned)call->arguments[1];
    switch (call->number) {
    case SYS_fcntl:
        return command == F_GETFD || command == F_SETFD || command == F_GETFL;
    case SYS_ioctl:
        return command == TCGETS || command == GET_TERMINAL || command == TIOCGWINSZ ||
               command == FIONREAD;
    default:
        return true;
    }
}

/** The target's descriptor that a path of the child names; -1 = none of its output. */
static int named(const struct output_call *call, uint64_t path) {
    static const char *const folders[] = {"/proc/self/fd/", "/proc/thread-self/fd/",
                                          "/dev/fd/"};
    char text[LINK_MAX_SIZE];
    if (!read_string(call, path, text, sizeof(text))) {
        return -1;
    }
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        size_t length = strlen(folders[i]);
        if (strncmp(text, folders[i], length) == 0 &&
            (strcmp(text + length, "1") == 0 || strcmp(text + length, "2") == 0)) {
            return text[length] - '0';
        }
    }
    return -1;
}

/** What a descriptor's link in /proc says, as ttyname(3) asks. */
static enum output_reply answer_link(const struct output_call *call,
                                     const uint64_t *arguments, long *result) {
    int fd = named(call, arguments[0]);
    if (fd < 0 || !is_captured(call, fd)) {
        return OUTPUT_NOT_ASKED;
    }
    struct question question = {.call = call, .fd = fd, .result = result};
    char link[PATH_MAX];
    snprintf(question.path, sizeof(question.path), "/proc/%d/fd/%d", (int)call->target,
             fd);
    ssize_t length = readlink(question.path, link, sizeof(link));
    if (length < 0 || arguments[2] == 0) {
        return OUTPUT_UNKNOWN;
    }
    size_t room = arguments[2] < (uint64_t)length ? arguments[2] : (size_t)length;
    return fill(&question, arguments[1], link, room, (long)room);
}

/** The answers to what is asked of a descriptor. */
static enum output_reply answer_of(const struct question *question) {
    switch (question->call->number) {
    case SYS_fstat:
        return answer_fstat(question);
    case SYS_newfstatat:
        return answer_newfstatat(question);
    case SYS_statx:
        return answer_statx(question);
    case SYS_fstatfs:
        return answer_fstatfs(question);
    case SYS_fcntl:
        return answer_fcntl(question);
    case SYS_lseek:
        return answer_lseek(question);
    case SYS_ioctl:
        return answer_ioctl(question);
    default:
        return OUTPUT_UNKNOWN;
    }
}

static bool is_about_descriptor(uint64_t number) {
    bool found = false;
    for (unsigned i = 0; i < output_call_count; i++) {
        found |= (uint64_t)output_calls[i] == number;
    }
    return found;
}

enum output_reply output_ask(const struct output_call *call, long *result) {
    int fd = (int)call->arguments[0];
    if (!call->captures) {
        return OUTPUT_NOT_ASKED;
    }
#ifdef SYS_readlink
    if (call->number == SYS_readlink) {
        return answer_link(call, call->arguments, result);
    }
#endif
    if (call->number == SYS_readlinkat) {
        return answer_link(call, call->arguments + 1, result);
    }
    if ((fd != 1 && fd != 2) || !is_about_descriptor(call->number)) {
        return OUTPUT_NOT_ASKED;
    }
    if (!is_captured(call, fd)) {
        return call->number == SYS_read || call->number == SYS_readv ? OUTPUT_NOT_ASKED
               : is_harmless(call)                                   ? OUTPUT_AS_IS
                                                                     : OUTPUT_NOT_ASKED;
    }
    struct question question = {.call = call, .fd = fd, .result = result};
    snprintf(question.path, sizeof(question.path), "/proc/%d/fd/%d", (int)call->target,
             fd);
    return stat(question.path, &question.status) == 0 ? answer_of(&question)
                                                      : OUTPUT_UNKNOWN;
}
