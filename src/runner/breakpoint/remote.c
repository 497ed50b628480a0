// SPDX-License-Identifier: MIT
#include "runner/breakpoint/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/** Results from here on up are errnos. */
#define ERRNO_MAX 4095

int remote_open_memory(pid_t pid) {
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/mem", pid);
    return open(path, O_RDWR | O_CLOEXEC);
}

/** What became of all of it: 0 on success, -1 with errno. */
static int complete(ssize_t done, size_t length) {
    if (done >= 0 && (size_t)done != length) {
        errno = EIO;
    }
    return done == (ssize_t)length ? 0 : -1;
}

int remote_read(int memory, uint64_t address, void *bytes, size_t length) {
    return complete(pread(memory, bytes, length, (off_t)address), length);
}

int remote_write(int memory, uint64_t address, const void *bytes, size_t length) {
    return complete(pwrite(memory, bytes, length, (off_t)address), length);
}

int remote_begin(struct remote *remote, pid_t pid, int memory) {
    *remote = (struct remote){.pid = pid, .memory = memory};
    if (machine_keep(&remote->registers, pid) != 0) {
        return -1;
    }
    uint64_t all = ~(UINT64_C(1) << (SIGTRAP - 1));
    if (ptrace(PTRACE_GETSIGMASK, pid, sizeof(remote->mask), &remote->mask) != 0 ||
        ptrace(PTRACE_SETSIGMASK, pid, sizeof(all), &all) != 0) {
        return -1;
    }
    remote->code = machine_pc(&remote->registers);
    if (remote_read(memory, remote->code, remote->before, sizeof(remote->before)) != 0) {
        return -1;
    }
    return remote_write(memory, remote->code, machine_call_code,
                        sizeof(machine_call_code));
}

/** Wait until it has stopped; wait()'s status, or -1 with errno where it ends, which is left
 * to whoever waits for that. */
static int await_stop(pid_t pid) {
    siginfo_t info = {0};
    int status = -1;
    while (waitid(P_PID, (id_t)pid, &info, WSTOPPED | WEXITED | WNOWAIT | __WALL) != 0) {
        if (errno != EINTR) {
            return -1;
        }
    }
    if (info.si_code != CLD_TRAPPED || waitpid(pid, &status, __WALL) != pid) {
        errno = ESRCH;
        return -1;
    }
    return status;
}

/** Let it go on to the trap behind the call; 0 on success, -1 with errno. All signals are held
 * back but those that nobody can. */
static int go_on(pid_t pid) {
    int status;
    do {
        if (ptrace(PTRACE_CONT, pid, NULL, 0) != 0) {
            return -1;
        }
        status = await_stop(pid);
    } while (status >= 0 && status >> 8 != SIGTRAP);
    return status < 0 ? -1 : 0;
}

long remote_call(struct remote *remote, long number, const uint64_t arguments[6]) {
    if (machine_call(&remote->registers, remote->pid, remote->code, number, arguments) !=
            0 ||
        go_on(remote->pid) != 0) {
        return -1;
    }
    long result = machine_result(remote->pid);
    if (result < 0 && result >= -ERRNO_MAX) {
        errno = (int)-result;
        return -1;
    }
    return result;
}

int remote_end(struct remote *remote) {
    int bad = remote_write(remote->memory, remote->code, remote->before,
                           sizeof(remote->before));
    bad |= machine_restore(&remote->registers, remote->pid);
    bad |=
        (int)ptrace(PTRACE_SETSIGMASK, remote->pid, sizeof(remote->mask), &remote->mask);
    return bad ? -1 : 0;
}
