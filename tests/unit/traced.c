// SPDX-License-Identifier: MIT
#include "unit/traced.h"

#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

void traced_path(char *path, const char *victim) {
    const char *folder = getenv("MF_TARGETS");
    ck_assert_msg(folder, "MF_TARGETS is not set; it names the victims' folder");
    snprintf(path, 4096, "%s/%s", folder, victim);
}

static _Noreturn void become(const char *path, const char *how, int output) {
    char name[4096], argument[64];
    snprintf(name, sizeof(name), "%s", path);
    snprintf(argument, sizeof(argument), "%s", how ? how : "");
    char *argv[] = {name, how ? argument : NULL, NULL};
    dup2(output, STDOUT_FILENO);
    ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    execv(path, argv);
    _exit(127);
}

/** Let it run until a thread of it gets SIGSEGV. */
static void follow(struct traced *traced) {
    for (;;) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL);
        ck_assert_msg(tid > 0, "waitpid: %s", strerror(errno));
        if (!WIFSTOPPED(status)) {
            ck_assert_msg(tid != traced->pid, "it ended: 0x%x", (unsigned)status);
            continue;
        }
        int signal = WSTOPSIG(status);
        if (signal == SIGSEGV) {
            traced->tid = tid;
            return;
        }
        bool ours = signal == SIGTRAP || signal == SIGSTOP;
        ptrace(PTRACE_CONT, tid, NULL, (void *)(long)(ours ? 0 : signal));
    }
}

void traced_start(struct traced *traced, const char *path, const char *how) {
    char victim[4096];
    int status, ends[2];
    if (!strchr(path, '/')) {
        traced_path(victim, path);
        path = victim;
    }
    *traced = (struct traced){0};
    ck_assert_int_eq(pipe(ends), 0);
    traced->pid = fork();
    if (traced->pid == 0) {
        become(path, how, ends[1]);
    }
    ck_assert_int_gt(traced->pid, 0);
    ck_assert_int_eq(waitpid(traced->pid, &status, 0), traced->pid);
    ck_assert_msg(WIFSTOPPED(status), "%s cannot be run", path);
    ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, traced->pid, NULL,
                            (void *)(PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE)),
                     0);
    ptrace(PTRACE_CONT, traced->pid, NULL, NULL);
    follow(traced);
    // Its end of the pipe is open still: there may be nothing in it.
    ck_assert_int_eq(write(ends[1], "", 1), 1);
    ssize_t got = read(ends[0], traced->output, sizeof(traced->output));
    traced->length = got > 0 ? (size_t)got - 1 : 0;
    close(ends[0]);
    close(ends[1]);
}

void traced_end(struct traced *traced) {
    kill(traced->pid, SIGKILL);
    while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR) {
    }
}
