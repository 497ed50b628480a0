// SPDX-License-Identifier: MIT
/** A handler of SIGCHLD that needs the block; and a loop that goes on until a handler of SIGUSR1 has
 * run. The signals come from a child, after the allocations. */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static char *block = "";
static volatile sig_atomic_t told;

static void on_child(int signal) {
    (void)signal;
    *(volatile char *)block = 1;
}

static void on_user(int signal) {
    told = signal;
}

int main(void) {
    static char none[1];
    block = none;
    signal(SIGCHLD, on_child);
    signal(SIGUSR1, on_user);
    if (fork() == 0) {
        usleep(20000);
        kill(getppid(), SIGUSR1);
        usleep(20000);
        _exit(0);
    }
    block = malloc(44);
    void *checked = malloc(45);
    for (int i = 0; i < 100 || !told; i++) {
        usleep(1000);
    }
    free(checked);
    return 0;
}
