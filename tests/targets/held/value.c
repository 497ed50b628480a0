// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
int main(int c, char **v) {
    sem_t *s = sem_open("/mf_break_lock", O_CREAT, 0600, 1);
    int x;
    sem_getvalue(s, &x);
    printf("%d\n", x);
    return 0;
}
