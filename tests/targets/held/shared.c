// SPDX-License-Identifier: MIT
// memory shared with other processes, mapped by a raw system call, as liburing and static libraries do
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    char *first = malloc(16);
    if (!first)
        return 1;
    int fd = open("counter.bin", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4096);
    int *m = (int *)syscall(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    m[0]++; // one user more
    char *p = malloc(100);
    if (!p) {
        m[0]--;
        return 1;
    } // undone on the error path
    free(p);
    free(first);
    m[0]--; // and undone at the end
    return 0;
}
