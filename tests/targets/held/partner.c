// SPDX-License-Identifier: MIT
// A process of its own in the same memory, by clone(2) with CLONE_VM: it answers what is
// written there, which a copy of that memory does not.
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int question, answer;

static int serve(void *unused) {
    (void)unused;
    while (!question) {
        usleep(100);
    }
    answer = 1;
    return 0;
}

int main(void) {
    static char stack[65536] __attribute__((aligned(16)));
    pid_t pid = clone(serve, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);
    char *block = malloc(10);
    question = 1;
    for (int i = 0; i < 3000 && !answer; i++) {
        usleep(1000);
    }
    if (!block && answer) {
        *(volatile char *)block = 1;
    }
    waitpid(pid, NULL, 0);
    free(block);
    return 0;
}
