// SPDX-License-Identifier: MIT
#include "runner/suite/guard.h"

#include "core/channel/channel.h"
#include "runner/target/procfile.h"
#include "runner/util/highfd.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** So often all processes are looked at: those that are killed may be starting others. */
#define PASSES 100
/** Between two looks. */
#define PAUSE_NS 10000000

/** Whether a process is one of the suite's: its environment has the runner's channel. */
static bool is_marked(pid_t pid, const char *mark) {
    size_t size;
    char *words = procfile_strings(pid, "environ", &size);
    bool found = false;
    if (!words) {
        return false;
    }
    for (size_t at = 0; at < size && !found; at += strlen(words + at) + 1) {
        found = strncmp(words + at, mark, strlen(mark)) == 0;
    }
    free(words);
    return found;
}

/** Kill all of them; how many there were. */
static unsigned kill_marked(const char *mark) {
    unsigned killed = 0;
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes && (entry = readdir(processes));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && pid != getpid() && is_marked(pid, mark)) {
            kill(pid, SIGKILL);
            killed++;
        }
    }
    if (processes) {
        closedir(processes);
    }
    return killed;
}

/** Hold nothing open that others wait for the end of. */
static void let_go_of_streams(void) {
    int nowhere = open("/dev/null", O_RDWR);
    for (int fd = 0; nowhere >= 0 && fd <= STDERR_FILENO; fd++) {
        dup2(nowhere, fd);
    }
}

/** The process. */
_Noreturn static void watch(int line, const char *mark) {
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    char told;
    ssize_t got;
    // What ends the runner's group or its terminal is not for this one.
    setsid();
    let_go_of_streams();
    do {
        got = read(line, &told, 1);
    } while (got < 0 && errno == EINTR);
    for (int i = 0; got == 0 && i < PASSES && kill_marked(mark) > 0; i++) {
        nanosleep(&pause, NULL);
    }
    _exit(0);
}

void guard_begin(struct guard *guard) {
    char mark[sizeof(MF_CHANNEL_VARIABLE) + 16];
    int ends[2];
    *guard = (struct guard){.line = -1};
    snprintf(mark, sizeof(mark), "%s=%010d", MF_CHANNEL_VARIABLE, (int)getpid());
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return;
    }
    guard->line = highfd_move(ends[1]);
    guard->pid = guard->line < 0 ? -1 : fork();
    if (guard->pid == 0) {
        close(guard->line);
        watch(ends[0], mark);
    }
    close(ends[0]);
    if (guard->pid < 0) {
        guard->pid = 0;
        close(guard->line);
    }
}

void guard_end(struct guard *guard) {
    if (guard->pid > 0) {
        if (write(guard->line, "", 1) != 1) {
            // Somebody has killed it.
        }
        close(guard->line);
        while (waitpid(guard->pid, NULL, 0) < 0 && errno == EINTR) {
        }
        guard->pid = 0;
    }
}
