// SPDX-License-Identifier: MIT
// Whatever it asks of the system, the answer is the same with the memory and without: each
// function breaks without its block, unless the answer has changed.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
struct answer {
    long values[8];
};
typedef struct answer question(int fd);
static struct answer parent(int fd) {
    return (struct answer){{getppid()}};
}
static struct answer kind(int fd) {
    struct stat status = {0};
    fstat(fd, &status);
    return (struct answer){
        {status.st_mode, status.st_dev, status.st_ino, status.st_rdev}};
}
static struct answer extended(int fd) {
    struct statx status = {0};
    statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status);
    return (struct answer){{status.stx_mode, status.stx_ino}};
}
static struct answer terminal(int fd) {
    struct winsize size = {0};
    return (struct answer){{isatty(fd), ioctl(fd, TIOCGWINSZ, &size), size.ws_row}};
}
static struct answer offset(int fd) {
    return (struct answer){{lseek(fd, 0, SEEK_CUR)}};
}
static struct answer flags(int fd) {
    return (struct answer){{fcntl(fd, F_GETFL), fcntl(fd, F_GETFD)}};
}
static struct answer name(int fd) {
    char path[32];
    struct answer answer = {0};
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    readlink(path, (char *)answer.values, sizeof(answer.values));
    return answer;
}
// The block's size says which question it was.
#define ASKS(name, size, fd)                                                             \
    static void asks_##name##_##fd(void) {                                               \
        struct answer before = name(fd);                                                 \
        volatile char *block = malloc(size);                                             \
        struct answer after = name(fd);                                                  \
        if (memcmp(&before, &after, sizeof(before)) != 0)                                \
            _exit(0);                                                                    \
        block[0] = 1;                                                                    \
        free((void *)block);                                                             \
    }
ASKS(parent, 100, 0)
// A worker watches for its parent's end, too.
ASKS(parent, 101, 1)
static void forks(void) {
    if (fork() == 0) {
        asks_parent_1();
        _exit(0);
    }
    wait(NULL);
}
static void stops_its_parent(void) {
    char *block = malloc(102);
    if (!block)
        kill(getppid(), SIGKILL);
    free(block);
}
ASKS(kind, 110, 1)
ASKS(kind, 120, 2)
ASKS(extended, 111, 1)
ASKS(terminal, 112, 1)
ASKS(terminal, 122, 2)
ASKS(offset, 113, 1)
ASKS(offset, 123, 2)
ASKS(flags, 114, 1)
ASKS(name, 115, 1)
int main(void) {
    asks_kind_1();
    asks_kind_2();
    asks_extended_1();
    asks_terminal_1();
    asks_terminal_2();
    asks_offset_1();
    asks_offset_2();
    asks_flags_1();
    asks_name_1();
    asks_parent_0();
    forks();
    stops_its_parent();
    return 0;
}
