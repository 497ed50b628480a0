// SPDX-License-Identifier: MIT
#include "runner/run/timedwait.h"

#include "runner/target/procfile.h"
#include "runner/target/tree.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/** So many threads of a process are looked at. */
#define THREADS_MAX 64
/** The arguments of a system call. */
#define ARGUMENTS 6
/** So deep in a tree of processes that wait for one another, and so many children of each, are
 * looked at. */
#define DEPTH_MAX    4
#define CHILDREN_MAX 64

/** Where a call has its time. */
enum place {
    /** It always has one. */
    PLACE_ALWAYS,
    /** An argument: an address, NULL = for ever. */
    PLACE_ADDRESS,
    /** An argument, or a timer among the descriptors that it waits for: an address, or
     * milliseconds, negative = for ever. */
    PLACE_DESCRIPTORS,
    PLACE_MILLISECONDS,
    /** An argument, or the timer that a signal tells of. */
    PLACE_SIGNALS,
    /** The socket, or the timer, that is its first argument. */
    PLACE_RECEIVES,
    PLACE_SENDS,
    /** The timer that a signal tells of. */
    PLACE_SIGNAL,
    /** The child that it waits for. */
    PLACE_CHILD,
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
    {SYS_ppoll, PLACE_DESCRIPTORS, 2},
    {SYS_pselect6, PLACE_DESCRIPTORS, 4},
    {SYS_epoll_pwait, PLACE_MILLISECONDS, 3},
    {SYS_rt_sigtimedwait, PLACE_SIGNALS, 2},
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
    {SYS_rt_sigsuspend, PLACE_SIGNAL, 0},
    {SYS_wait4, PLACE_CHILD, 0},
    {SYS_waitid, PLACE_CHILD, 0},
#ifdef SYS_pause
    {SYS_pause, PLACE_SIGNAL, 0},
#endif
#ifdef SYS_poll
    {SYS_poll, PLACE_MILLISECONDS, 2},
#endif
#ifdef SYS_select
    {SYS_select, PLACE_DESCRIPTORS, 4},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, PLACE_MILLISECONDS, 3},
#endif
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, PLACE_DESCRIPTORS, 3},
#endif
};

/** Read the system call that a thread is in; its number, -1 where it is in none. */
static long read_call(pid_t tid, unsigned long arguments[ARGUMENTS]) {
    char text[256];
    size_t got = procfile_read(tid, "syscall", text, sizeof(text));
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

/** Whether a process's descriptor, of a name as in /proc, is a timerfd that is set. */
static bool is_set_timer(pid_t pid, const char *descriptor) {
    char name[32], text[512];
    snprintf(name, sizeof(name), "fdinfo/%.20s", descriptor);
    const char *value = procfile_read(pid, name, text, sizeof(text))
                            ? strstr(text, "\nit_value: (")
                            : NULL;
    char *behind;
    if (!value) {
        return false;
    }
    // "it_value: (seconds, nanoseconds)"
    long seconds = strtol(value + strlen("\nit_value: ("), &behind, 10);
    return seconds != 0 || (*behind == ',' && strtol(behind + 1, NULL, 10) != 0);
}

/** Whether a process has a timerfd that is set. */
static bool has_set_timer(pid_t pid) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
    DIR *descriptors = opendir(path);
    bool has = false;
    for (struct dirent *one; descriptors && !has && (one = readdir(descriptors));) {
        has = *one->d_name != '.' && is_set_timer(pid, one->d_name);
    }
    if (descriptors) {
        closedir(descriptors);
    }
    return has;
}

/** Whether a signal may tell a process that a time is over. */
static bool has_signal_of_time(pid_t pid) {
    char text[64];
    return procfile_takes_signal(pid, SIGALRM) ||
           procfile_read(pid, "timers", text, sizeof(text)) > 0;
}

static bool waits_in_time(pid_t pid, int depth);

/** Whether a child of a process waits for what comes to an end. */
static bool has_child_in_time(pid_t pid, int depth) {
    pid_t children[CHILDREN_MAX];
    size_t count = depth < DEPTH_MAX ? tree_children(pid, children, CHILDREN_MAX) : 0;
    for (size_t i = 0; i < count; i++) {
        if (waits_in_time(children[i], depth + 1)) {
            return true;
        }
    }
    return false;
}

/** Whether a thread is in a call that has a time. */
static bool is_timed(pid_t pid, pid_t tid, int depth) {
    unsigned long arguments[ARGUMENTS];
    char descriptor[16];
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
        return (int)arguments[call->argument] >= 0 || has_set_timer(pid);
    case PLACE_ADDRESS:
        return arguments[call->argument] != 0;
    case PLACE_DESCRIPTORS:
        return arguments[call->argument] != 0 || has_set_timer(pid);
    case PLACE_SIGNALS:
        return arguments[call->argument] != 0 || has_signal_of_time(pid);
    case PLACE_RECEIVES:
        snprintf(descriptor, sizeof(descriptor), "%d", (int)arguments[0]);
        return has_time(pid, (int)arguments[0], SO_RCVTIMEO) ||
               is_set_timer(pid, descriptor);
    case PLACE_SENDS:
        return has_time(pid, (int)arguments[0], SO_SNDTIMEO);
    case PLACE_SIGNAL:
        return has_signal_of_time(pid);
    case PLACE_CHILD:
        return has_child_in_time(pid, depth);
    default:
        return true;
    }
}

static bool waits_in_time(pid_t pid, int depth) {
    pid_t tids[THREADS_MAX];
    size_t count = procfile_threads(pid, tids, THREADS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (is_timed(pid, tids[i], depth)) {
            return true;
        }
    }
    return false;
}

bool timedwait_is_in(pid_t pid) {
    return waits_in_time(pid, 0);
}
