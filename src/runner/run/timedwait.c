// SPDX-License-Identifier: MIT
#include "runner/run/timedwait.h"

#include "runner/target/procfile.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/** So many threads of a process are looked at. */
#define THREADS_MAX 64
/** The arguments of a system call. */
#define ARGUMENTS 6

/** Where a call has its time. */
enum place {
    /** It always has one. */
    PLACE_ALWAYS,
    /** An argument: milliseconds, negative = for ever. */
    PLACE_MILLISECONDS,
    /** An argument: an address, NULL = for ever. */
    PLACE_ADDRESS,
    /** The socket that is its first argument. */
    PLACE_RECEIVES,
    PLACE_SENDS,
};

/** The system calls that may end by themselves. */
static const struct call {
    long number;
    enum place place;
    int argument;
} calls[] = {
    {SYS_nanosleep, PLACE_ALWAYS, 0},
    {SYS_clock_nanosleep, PLACE_ALWAYS, 0},
    // Only what has a time goes on so after a signal; and poll().
    {SYS_restart_syscall, PLACE_ALWAYS, 0},
    {SYS_futex, PLACE_ADDRESS, 3},
    {SYS_ppoll, PLACE_ADDRESS, 2},
    {SYS_pselect6, PLACE_ADDRESS, 4},
    {SYS_epoll_pwait, PLACE_MILLISECONDS, 3},
    {SYS_rt_sigtimedwait, PLACE_ADDRESS, 2},
    {SYS_semtimedop, PLACE_ADDRESS, 3},
    {SYS_mq_timedreceive, PLACE_ADDRESS, 4},
    {SYS_mq_timedsend, PLACE_ADDRESS, 4},
    {SYS_io_getevents, PLACE_ADDRESS, 4},
    {SYS_read, PLACE_RECEIVES, 0},
    {SYS_recvfrom, PLACE_RECEIVES, 0},
    {SYS_recvmsg, PLACE_RECEIVES, 0},
    {SYS_accept, PLACE_RECEIVES, 0},
    {SYS_accept4, PLACE_RECEIVES, 0},
    {SYS_write, PLACE_SENDS, 0},
    {SYS_sendto, PLACE_SENDS, 0},
    {SYS_sendmsg, PLACE_SENDS, 0},
    {SYS_connect, PLACE_SENDS, 0},
#ifdef SYS_poll
    {SYS_poll, PLACE_MILLISECONDS, 2},
#endif
#ifdef SYS_select
    {SYS_select, PLACE_ADDRESS, 4},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, PLACE_MILLISECONDS, 3},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, PLACE_ADDRESS, 3},
#endif
};

/** Read the system call that a thread is in; its number, -1 where it is in none. */
static long read_call(pid_t tid, unsigned long arguments[ARGUMENTS]) {
    char path[64], text[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/syscall", (int)tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    char *at = text, *behind;
    long number = got > 0 ? strtol(text, &at, 10) : -1;
    number = at > text ? number : -1;
    for (int i = 0; i < ARGUMENTS; i++, at = behind) {
        arguments[i] = strtoul(at, &behind, 16);
    }
    return number;
}

/** Whether a process's socket has a time. */
static bool has_time(pid_t pid, int socket, int option) {
    struct timeval time = {0};
    socklen_t size = sizeof(time);
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int fd = process >= 0 ? (int)syscall(SYS_pidfd_getfd, process, socket, 0) : -1;
    bool has = fd >= 0 && getsockopt(fd, SOL_SOCKET, option, &time, &size) == 0 &&
               (time.tv_sec || time.tv_usec);
    if (fd >= 0) {
        close(fd);
    }
    if (process >= 0) {
        close(process);
    }
    return has;
}

/** Whether a thread is in a call that has a time. */
static bool is_timed(pid_t pid, pid_t tid) {
    unsigned long arguments[ARGUMENTS];
    long number = read_call(tid, arguments);
    const struct call *call = NULL;
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]) && number >= 0; i++) {
        call = calls[i].number == number ? &calls[i] : call;
    }
    if (!call) {
        return false;
    }
    switch (call->place) {
    case PLACE_MILLISECONDS:
        return (int)arguments[call->argument] >= 0;
    case PLACE_ADDRESS:
        return arguments[call->argument] != 0;
    case PLACE_RECEIVES:
        return has_time(pid, (int)arguments[0], SO_RCVTIMEO);
    case PLACE_SENDS:
        return has_time(pid, (int)arguments[0], SO_SNDTIMEO);
    default:
        return true;
    }
}

bool timedwait_is_in(pid_t pid) {
    pid_t tids[THREADS_MAX];
    size_t count = procfile_threads(pid, tids, THREADS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (is_timed(pid, tids[i])) {
            return true;
        }
    }
    return false;
}
