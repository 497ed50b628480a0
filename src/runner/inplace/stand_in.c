// SPDX-License-Identifier: MIT
#include "runner/inplace/stand_in.h"

#include "runner/crash/crash.h"
#include "runner/crash/maps.h"
#include "runner/inplace/output.h"
#include "runner/inplace/places.h"
#include "runner/target/procfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/** What makes open(2) more than reading. */
#define OPEN_TO_CHANGE (O_ACCMODE | O_CREAT | O_TRUNC)

/** A system call that a child was trapped at. */
struct call {
    pid_t child, parent;
    struct registers_call *made;
    const uint64_t *args;
    /** With what it is made again, where it is let through. */
    uint64_t *again;
    /** Whether the C library asks, to send the child a signal. */
    bool raises;
    /** Whether it may read what /proc says of itself. */
    bool reads_proc;
    struct stand_in_places *places;
};

/** Answer it; whether the child may go on. */
static bool answer(const struct call *call, long result) {
    return registers_answer(call->child, result) == 0;
}

static bool answer_pid(const struct call *call) {
    return answer(call, call->raises ? call->child : call->parent);
}

/** Whether a number stands for the child, as it sees itself. */
static bool is_self(const struct call *call, uint64_t number) {
    return (pid_t)number == call->parent || (pid_t)number == call->child;
}

/** A child need not be the runner's: in a suite the target is its parent. */
static bool answer_ppid(const struct call *call) {
    pid_t parent = procfile_parent(call->parent);
    return parent > 0 && answer(call, parent);
}

static bool answer_pgrp(const struct call *call) {
    return answer(call, getpgid(call->parent));
}

static bool answer_pgid(const struct call *call) {
    return (call->args[0] == 0 || is_self(call, call->args[0])) && answer_pgrp(call);
}

static bool answer_sid(const struct call *call) {
    return (call->args[0] == 0 || is_self(call, call->args[0])) &&
           answer(call, getsid(call->parent));
}

bool stand_in_has_one_thread(pid_t pid) {
    struct stat tasks;
    char name[64];
    snprintf(name, sizeof(name), "/proc/%d/task", (int)pid);
    // A folder's links: itself, its parent, and its subfolders.
    return stat(name, &tasks) == 0 && tasks.st_nlink == 3;
}

/** Have a call made with the child's own number in front. */
static bool redirect(const struct call *call, int numbers) {
    for (int i = 0; i < numbers; i++) {
        if (!is_self(call, call->args[i])) {
            return false;
        }
        call->again[i] = (uint64_t)call->child;
    }
    return true;
}

/** Whether the child would learn the number of who sent it a signal, which is its own; of
 * a fatal one nothing counts that comes after it. */
static bool tells_sender(const struct call *call, uint64_t signal) {
    return !crash_is_fatal((int)signal) &&
           procfile_takes_signal(call->child, (int)signal);
}

static bool redirect_tkill(const struct call *call) {
    return !tells_sender(call, call->args[1]) && redirect(call, 1);
}

/** A signal to itself goes to the child; unless another thread could take it. */
static bool redirect_kill(const struct call *call) {
    return stand_in_has_one_thread(call->parent) && redirect_tkill(call);
}

/** raise() has been told the child's own number: the signal tells no other one. */
static bool redirect_tgkill(const struct call *call) {
    bool own = (pid_t)call->args[0] == call->child;
    return (own || !tells_sender(call, call->args[2])) && redirect(call, 2);
}

/** A sanitizer that would start a program for its report gets no pipe, and does without. */
static bool refuse_pipe(const struct call *call) {
    return call->reads_proc &&
           symbolizer_asks(&call->places->symbolizer, call->child, call->made->back) &&
           answer(call, -EMFILE);
}

/** One that says by itself who sends it. */
static bool redirect_queued(const struct call *call) {
    return stand_in_has_one_thread(call->parent) && redirect(call, 1);
}

static bool redirect_queued_thread(const struct call *call) {
    return redirect(call, 2);
}

/** What a process has used of a processor, in ns. */
static bool used_of(pid_t pid, uint64_t *ns) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        return false;
    }
    *ns = (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
    return true;
}

/** A processor's clock goes on from where the target's stands. */
static bool answer_clock(const struct call *call) {
    clockid_t clock = (clockid_t)call->args[0];
    uint64_t before, since;
    if ((clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID) ||
        !used_of(call->parent, &before) || !used_of(call->child, &since)) {
        return false;
    }
    uint64_t all = before + since;
    struct timespec time = {(time_t)(all / UINT64_C(1000000000)),
                            (long)(all % UINT64_C(1000000000))};
    struct iovec local = {&time, sizeof(time)};
    struct iovec remote = {(void *)(uintptr_t)call->args[1], sizeof(time)};
    return process_vm_writev(call->child, &local, 1, &remote, 1, 0) == sizeof(time) &&
           answer(call, 0);
}

/** Only the barrier has taken its rights. */
static bool answer_prctl(const struct call *call) {
    int option = (int)call->args[0];
    if (option == PR_GET_NO_NEW_PRIVS) {
        return answer(call, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    }
    return option == PR_GET_SECCOMP && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0 &&
           answer(call, 0);
}

/** Read a path from a child's memory. */
static bool read_path(const struct call *call, uint64_t address, char path[PATH_MAX]) {
    size_t got = 0;
    while (got < PATH_MAX) {
        // To the end of a page at a time: the next one may not be there.
        size_t size = 4096 - (address + got) % 4096;
        struct iovec local = {path + got, size < PATH_MAX - got ? size : PATH_MAX - got};
        struct iovec remote = {(void *)(uintptr_t)(address + got), local.iov_len};
        ssize_t now = process_vm_readv(call->child, &local, 1, &remote, 1, 0);
        if (now <= 0) {
            return false;
        }
        if (memchr(path + got, '\0', (size_t)now)) {
            return true;
        }
        got += (size_t)now;
    }
    return false;
}

/** Open what a child's path is relative to; -1 = nothing that can be opened. */
static int open_base(const struct call *call, int base) {
    char name[64];
    snprintf(name, sizeof(name), base == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d",
             (int)call->child, base);
    return open(name, O_PATH | O_CLOEXEC);
}

static bool is_harmless_device(const struct stat *status) {
    unsigned at = minor(status->st_rdev);
    return major(status->st_rdev) == 1 &&
           (at == 3 || at == 5 || at == 7 || at == 8 || at == 9);
}

/** Whether reading a file takes nothing away, and tells nothing of who reads it. */
static bool is_plain(const struct call *call, int fd) {
    struct stat status;
    struct statfs system;
    return fstat(fd, &status) == 0 && fstatfs(fd, &system) == 0 &&
           (system.f_type != PROC_SUPER_MAGIC || call->reads_proc) &&
           (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ||
            (S_ISCHR(status.st_mode) && is_harmless_device(&status)));
}

/** Write a path as the runner has to say it to mean the child's own files of /proc. */
static void put_own_path(const struct call *call, const char *path, char own[PATH_MAX]) {
    static const struct {
        const char *begin, *folder;
    } ways[] = {
        {"/proc/self/", ""},
        {"/proc/thread-self/", ""},
        {"/dev/fd/", "fd/"},
    };
    snprintf(own, PATH_MAX, "%s", path);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        size_t length = strlen(ways[i].begin);
        if (strncmp(path, ways[i].begin, length) == 0) {
            snprintf(own, PATH_MAX, "/proc/%d/%s%s", (int)call->child, ways[i].folder,
                     path + length);
        }
    }
}

static bool is_of_proc(int fd) {
    struct statfs system;
    return fstatfs(fd, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/** What a child's path leads to. */
struct found {
    /** Opened with O_PATH; -1 = nothing. */
    int fd;
    /** Whether the path begins in /proc: what is not there for the child, such as a file
     * of the thread whose number it takes for its own, may be for the target. */
    bool in_proc;
};

static struct found find(const struct call *call, int base, const char *path, int flags) {
    char own[PATH_MAX];
    put_own_path(call, path, own);
    int from = own[0] == '/' ? -1 : open_base(call, base);
    struct found found = {
        .fd = openat(from, own, O_PATH | O_CLOEXEC | flags),
        .in_proc = strncmp(own, "/proc/", 6) == 0 || (from >= 0 && is_of_proc(from)),
    };
    if (from >= 0) {
        close(from);
    }
    return found;
}

static void forget(const struct found *found) {
    if (found->fd >= 0) {
        close(found->fd);
    }
}

/** Let a file be opened to read it. */
static bool allow_open_at(const struct call *call, int base, uint64_t path_address,
                          uint64_t flags) {
    char path[PATH_MAX];
    if (flags & (OPEN_TO_CHANGE & ~(uint64_t)O_RDONLY)) {
        return false;
    }
    // The kernel will say what is wrong with an address that cannot be read.
    if (!read_path(call, path_address, path)) {
        return true;
    }
    struct found found = find(call, base, path, (int)(flags & O_NOFOLLOW));
    bool allowed = found.fd < 0 ? !found.in_proc : is_plain(call, found.fd);
    forget(&found);
    return allowed;
}

__attribute__((unused)) static bool allow_open(const struct call *call) {
    return allow_open_at(call, AT_FDCWD, call->args[0], call->args[1]);
}

static bool allow_openat(const struct call *call) {
    return allow_open_at(call, (int)call->args[0], call->args[1], call->args[2]);
}

/** Let a child ask whether a file is there. */
static bool allow_access_at(const struct call *call, int base, uint64_t path_address) {
    char path[PATH_MAX];
    if (!read_path(call, path_address, path)) {
        return true;
    }
    struct found found = find(call, base, path, 0);
    forget(&found);
    return found.fd >= 0 || !found.in_proc;
}

__attribute__((unused)) static bool allow_access(const struct call *call) {
    return allow_access_at(call, AT_FDCWD, call->args[0]);
}

static bool allow_faccessat(const struct call *call) {
    return allow_access_at(call, (int)call->args[0], call->args[1]);
}

/** Let a link be read that does not tell the child's number, as /proc/self does. */
static bool allow_readlink_at(const struct call *call, int base, uint64_t path_address) {
    char path[PATH_MAX], first = 0;
    if (!read_path(call, path_address, path)) {
        return true;
    }
    struct found found = find(call, base, path, O_NOFOLLOW);
    bool allowed = found.fd < 0 ? !found.in_proc
                                : !is_of_proc(found.fd) ||
                                      readlinkat(found.fd, "", &first, 1) != 1 ||
                                      first < '0' || first > '9';
    forget(&found);
    return allowed;
}

__attribute__((unused)) static bool allow_readlink(const struct call *call) {
    return allow_readlink_at(call, AT_FDCWD, call->args[0]);
}

static bool allow_readlinkat(const struct call *call) {
    return allow_readlink_at(call, (int)call->args[0], call->args[1]);
}

/** Let memory be made writable that nobody else has. */
static bool allow_mprotect(const struct call *call) {
    struct maps maps;
    uint64_t start = call->args[0], end = start + call->args[1];
    if (maps_read(&maps, call->child) != 0) {
        return false;
    }
    bool shared = false;
    for (size_t i = 0; i < maps.count; i++) {
        const struct map *map = &maps.entries[i];
        shared = shared || (map->shared && map->start < end && start < map->end);
    }
    maps_destroy(&maps);
    return !shared;
}

/** Let be read what is a file, where something else is open that loses what is read. */
static bool allow_read(const struct call *call) {
    int fd = open_base(call, (int)call->args[0]);
    bool plain = fd >= 0 && is_plain(call, fd);
    if (fd >= 0) {
        close(fd);
    }
    return plain;
}

/** Whether a descriptor of a child is open. */
static bool is_open(const struct call *call, int fd) {
    struct stat status;
    char name[64];
    snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)call->child, fd);
    return lstat(name, &status) == 0;
}

/** Whether two descriptors of a child are of one file. */
static bool is_same_file(const struct call *call, int one, int other) {
    struct stat status[2];
    const int fds[2] = {one, other};
    for (int i = 0; i < 2; i++) {
        char name[64];
        snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)call->child, fds[i]);
        if (stat(name, &status[i]) != 0) {
            return false;
        }
    }
    return status[0].st_dev == status[1].st_dev && status[0].st_ino == status[1].st_ino;
}

/** Let be written to another name of its output, as perror(3) does. */
static bool allow_write(const struct call *call) {
    int fd = (int)call->args[0];
    return is_same_file(call, fd, 2) || is_same_file(call, fd, 1);
}

/** Let a descriptor get another name, which must not be 1 or 2: the first free one. */
static bool allow_dup(const struct call *call) {
    return is_open(call, 1) && is_open(call, 2);
}

static bool allow_fcntl(const struct call *call) {
    int command = (int)call->args[1];
    return (command == F_DUPFD || command == F_DUPFD_CLOEXEC) && allow_dup(call);
}

/** The calls that are answered or made otherwise, some of them; and those that are made as
 * they are, where that harms nobody. */
static const struct {
    int number;
    bool (*see_to)(const struct call *call);
    bool (*allow)(const struct call *call);
} calls[] = {
    {SYS_getpid, answer_pid, NULL},
    {SYS_gettid, answer_pid, NULL},
    {SYS_getppid, answer_ppid, NULL},
#ifdef SYS_getpgrp
    {SYS_getpgrp, answer_pgrp, NULL},
#endif
    {SYS_getpgid, answer_pgid, NULL},
    {SYS_getsid, answer_sid, NULL},
    {SYS_kill, NULL, redirect_kill},
    {SYS_tkill, NULL, redirect_tkill},
    {SYS_tgkill, NULL, redirect_tgkill},
    {SYS_rt_sigqueueinfo, NULL, redirect_queued},
#ifdef SYS_pipe
    {SYS_pipe, refuse_pipe, NULL},
#endif
    {SYS_pipe2, refuse_pipe, NULL},
    {SYS_rt_tgsigqueueinfo, NULL, redirect_queued_thread},
    {SYS_clock_gettime, answer_clock, NULL},
    {SYS_prctl, answer_prctl, NULL},
#ifdef SYS_open
    {SYS_open, NULL, allow_open},
#endif
    {SYS_openat, NULL, allow_openat},
#ifdef SYS_access
    {SYS_access, NULL, allow_access},
#endif
    {SYS_faccessat, NULL, allow_faccessat},
#ifdef SYS_faccessat2
    {SYS_faccessat2, NULL, allow_faccessat},
#endif
#ifdef SYS_readlink
    {SYS_readlink, NULL, allow_readlink},
#endif
    {SYS_readlinkat, NULL, allow_readlinkat},
    {SYS_mprotect, NULL, allow_mprotect},
    {SYS_read, NULL, allow_read},
    {SYS_readv, NULL, allow_read},
    {SYS_write, NULL, allow_write},
    {SYS_writev, NULL, allow_write},
    {SYS_dup, NULL, allow_dup},
    {SYS_fcntl, NULL, allow_fcntl},
};

/** Write a call's name. */
static void put_name(char name[BARRED_NAME_MAX], int number) {
    char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (known) {
        snprintf(name, BARRED_NAME_MAX, "%.*s", BARRED_NAME_MAX - 1, known);
    } else {
        snprintf(name, BARRED_NAME_MAX, "call %d", number);
    }
    free(known);
}

/** Have a call made as it is. */
static enum stand_in make(const struct call *call, const struct registers_call *passing) {
    return registers_redo(call->child, passing) == 0 ? STAND_IN_STEPS : STAND_IN_ENDS;
}

/** See to a call of the table's. */
static enum stand_in see_to_listed(const struct call *call, size_t at,
                                   const struct registers_call *passing) {
    if (calls[at].see_to) {
        return calls[at].see_to(call) ? STAND_IN_GOES_ON : STAND_IN_ENDS;
    }
    return calls[at].allow(call) ? make(call, passing) : STAND_IN_ENDS;
}

static enum stand_in see_to(const struct call *call,
                            const struct registers_call *passing) {
    const struct output_call about_output = {call->child, call->parent,
                                             call->places->captures, call->made->number,
                                             call->args};
    enum stand_in result = STAND_IN_ENDS;
    long returned = 0;
    switch (output_ask(&about_output, &returned)) {
    case OUTPUT_ANSWERED:
        return answer(call, returned) ? STAND_IN_GOES_ON : STAND_IN_ENDS;
    case OUTPUT_AS_IS:
        return make(call, passing);
    case OUTPUT_UNKNOWN:
        return STAND_IN_ENDS;
    case OUTPUT_NOT_ASKED:
        break;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if ((uint64_t)calls[i].number == call->made->number) {
            result = see_to_listed(call, i, passing);
        }
    }
    return result;
}

enum stand_in stand_in(struct registers_call *made, pid_t child, pid_t parent,
                       uint32_t pass, struct stand_in_places *places,
                       char name[BARRED_NAME_MAX]) {
    enum stand_in result = STAND_IN_ENDS;
    name[0] = '\0';
    if (registers_read_call(made, child) != 0) {
        put_name(name, -1);
        return result;
    }
    struct registers_call passing = *made;
    passing.arguments[5] = pass;
    const struct call call = {child,
                              parent,
                              made,
                              made->arguments,
                              passing.arguments,
                              places_raise(places, made),
                              places->reads_proc,
                              places};
    places_note(places, made);
    result = see_to(&call, &passing);
    if (result == STAND_IN_ENDS) {
        put_name(name, (int)made->number);
    }
    return result;
}

void stand_in_after(const struct registers_call *call, pid_t child) {
    registers_restore(child, call);
}
