// SPDX-License-Identifier: MIT
// a ticking clock draws progress into a buffer that was never there
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static char *buffer;
static void tick(int s) {
    (void)s;
    buffer[0]++;
}
int main(void) {
    signal(SIGALRM, tick);
    struct itimerval t = {{0, 20000}, {0, 20000}};
    setitimer(ITIMER_REAL, &t, NULL);
    buffer = malloc(100);
    for (int i = 0; i < 5; i++) {
        struct timespec w = {0, 20000000};
        nanosleep(&w, NULL);
    }
    return 0;
}
