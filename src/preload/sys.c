// SPDX-License-Identifier: MIT
#include "preload/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/** syscall(2) with errno kept: the result, or -errno. */
#define CALL(...)                                                                        \
    __extension__({                                                                      \
        int saved = errno;                                                               \
        long result = syscall(__VA_ARGS__);                                              \
        if (result == -1) {                                                              \
            result = -errno;                                                             \
            errno = saved;                                                               \
        }                                                                                \
        result;                                                                          \
    })

static bool failed(long result) {
    return result < 0 && result > -4096;
}

int mf_sys_open(const char *path, bool writable) {
    int flags = (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC;
    return (int)CALL(SYS_openat, AT_FDCWD, path, flags, 0);
}

long mf_sys_read(int fd, void *buffer, size_t size) {
    long got;
    do {
        got = CALL(SYS_read, fd, buffer, size);
    } while (got == -EINTR);
    return got;
}

void mf_sys_close(int fd) {
    CALL(SYS_close, fd);
}

void *mf_sys_map_shared(int fd, size_t offset, size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
    return failed(at) ? NULL : (void *)at;
}

void *mf_sys_map_file(int fd, size_t size) {
    long at = CALL(SYS_mmap, NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    return failed(at) ? NULL : (void *)at;
}

void mf_sys_unmap(void *address, size_t size) {
    CALL(SYS_munmap, address, size);
}

long mf_sys_file_size(int fd) {
    return CALL(SYS_lseek, fd, 0, SEEK_END);
}

bool mf_sys_wipe_on_fork(void *address, size_t size) {
    return CALL(SYS_madvise, address, size, MADV_WIPEONFORK) == 0;
}

int mf_sys_pid(void) {
    return (int)CALL(SYS_getpid);
}

int mf_sys_parent(void) {
    return (int)CALL(SYS_getppid);
}

int mf_sys_tid(void) {
    return (int)CALL(SYS_gettid);
}

void mf_sys_thread_name(char name[16]) {
    memset(name, 0, 16);
    CALL(SYS_prctl, PR_GET_NAME, name);
}

void mf_sys_image(char *name, size_t size) {
    char path[4096];
    long length =
        CALL(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof(path) - 1);
    path[failed(length) ? 0 : length] = '\0';
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    size_t kept = strlen(base) < size ? strlen(base) : size - 1;
    memcpy(name, base, kept);
    name[kept] = '\0';
}

static uint64_t now(clockid_t clock) {
    struct timespec time = {0, 0};
    int saved = errno;
    clock_gettime(clock, &time);
    errno = saved;
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

uint64_t mf_sys_now(void) {
    return now(CLOCK_MONOTONIC);
}

uint64_t mf_sys_now_coarse(void) {
    return now(CLOCK_MONOTONIC_COARSE);
}

void *mf_sys_mmap(void *address, size_t size, int protection, int flags, int fd,
                  long offset) {
    return (void *)syscall(SYS_mmap, address, size, protection, flags, fd, offset);
}

void *mf_sys_mremap(void *address, size_t old_size, size_t new_size, int flags,
                    void *to) {
    return (void *)syscall(SYS_mremap, address, old_size, new_size, flags, to);
}

#define PIECES_MAX 16

void mf_say(const char *text, ...) {
    struct iovec pieces[PIECES_MAX];
    int count = 0;
    pieces[count++] = (struct iovec){(char *)"libmallocfail: ", 15};
    va_list texts;
    va_start(texts, text);
    for (; text && count < PIECES_MAX - 1; text = va_arg(texts, const char *)) {
        pieces[count++] = (struct iovec){(char *)text, strlen(text)};
    }
    va_end(texts);
    pieces[count++] = (struct iovec){(char *)"\n", 1};
    CALL(SYS_writev, STDERR_FILENO, pieces, count);
}

const char *mf_decimal(char digits[MF_DIGITS], uint64_t number) {
    char *at = digits + MF_DIGITS - 1;
    *at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return at;
}
