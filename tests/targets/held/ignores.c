// SPDX-License-Identifier: MIT
// A program that sends itself signals where memory is short, which it ignores: they do
// nothing. A fault ends it all the same.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(void) {
    signal(SIGBUS, SIG_IGN);
    signal(SIGSEGV, SIG_IGN);
    signal(SIGSYS, SIG_IGN);
    signal(SIGTRAP, SIG_IGN);
    char *volatile first = malloc(10);
    if (!first) {
        raise(SIGTRAP);
        raise(SIGSYS);
        kill(getpid(), SIGBUS);
        kill(getpid(), SIGSEGV);
        return 3;
    }
    volatile char *second = malloc(20);
    *second = 1;
    free((void *)second);
    free(first);
    return 0;
}
