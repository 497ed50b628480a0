// SPDX-License-Identifier: MIT
// A program that asks who sent it a signal: its own number tells that it was itself.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static volatile int sender;

static void handle(int number, siginfo_t *about, void *context) {
    sender = about->si_pid;
}

int main(void) {
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR2, &action, NULL);
    char *block = malloc(123);
    if (!block) {
        kill(getpid(), SIGUSR2);
        if (sender == getpid()) {
            *(volatile char *)block = 1;
        }
    }
    free(block);
    return 0;
}
