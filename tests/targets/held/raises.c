// SPDX-License-Identifier: MIT
// A program that sends itself a signal, which it ignores, where memory is short, and asks
// for its number then: the C library has asked for it, too, to send the signal.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static pid_t own;

int main(void) {
    own = getpid();
    signal(SIGUSR1, SIG_IGN);
    for (int i = 0; i < 4; i++) {
        char *volatile block = malloc(100);
        if (!block) {
            raise(SIGUSR1);
            raise(SIGUSR1);
            if (getpid() != own) {
                abort();
            }
            return 3;
        }
        free(block);
    }
    return 0;
}
