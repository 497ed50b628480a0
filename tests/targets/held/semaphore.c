// SPDX-License-Identifier: MIT
// A named semaphore as a lock; the error path gives it back, as it should.
// LOCK: its name, by the compiler's command line.
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    char *first =
        malloc(16); // an earlier point: the scan for shared memory is remembered
    if (!first) {
        fputs("oom0\n", stderr);
        return 1;
    }
    sem_t *s = sem_open(LOCK, O_CREAT, 0600, 1);
    if (s == SEM_FAILED) {
        fputs("sem_open\n", stderr);
        return 1;
    }
    sem_wait(s);           // locked
    char *p = malloc(100); // the point
    if (!p) {
        sem_post(s);
        fputs("oom\n", stderr);
        return 1;
    } // unlock on the error path
    free(p);
    sem_post(s); // unlock
    free(first);
    return 0;
}
