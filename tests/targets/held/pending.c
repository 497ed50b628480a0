// SPDX-License-Identifier: MIT
// SIGTERM is held back during set-up, and dealt with after it
#include <signal.h>
#include <stdlib.h>
static char *state;
static void on(int s) {
    (void)s;
    state[0] = 1;
}
int main(void) {
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, SIGUSR1);
    signal(SIGUSR1, on);
    sigprocmask(SIG_BLOCK, &s, NULL);
    raise(SIGUSR1);
    state = malloc(100);
    sigprocmask(SIG_UNBLOCK, &s, NULL);
    return 0;
}
