// SPDX-License-Identifier: MIT
/** A handler of SIGCHLD that needs the block, or of SIGTERM with an argument; and a loop that goes on
 * until a handler of SIGUSR1, or SIGHUP, has run. The signals come from a child, after the
 * allocations. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char *block = "";
static volatile sig_atomic_t told, needed;

static void on_child(int signal) {
    *(volatile char *)block = 1;
    needed = signal;
}

static void on_user(int signal) {
    told = signal;
}

int main(int argc, char **argv) {
    static char none[1];
    int needs = argc > 1 ? SIGTERM : SIGCHLD, tells = argc > 1 ? SIGHUP : SIGUSR1;
    (void)argv;
    block = none;
    signal(needs, on_child);
    signal(tells, on_user);
    if (fork() == 0) {
        usleep(20000);
        kill(getppid(), tells);
        usleep(20000);
        if (needs != SIGCHLD) {
            kill(getppid(), needs);
        }
        _exit(0);
    }
    block = malloc(44);
    void *checked = malloc(45);
    while (!told || !needed) {
        usleep(1000);
    }
    free(checked);
    return 0;
}
