// SPDX-License-Identifier: MIT
// LOCK: the name of a named semaphore, by the compiler's command line.
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
int main(int c, char **v) {
    sem_t *s = sem_open(LOCK, O_CREAT, 0600, 1);
    int x;
    sem_getvalue(s, &x);
    printf("%d\n", x);
    return 0;
}
