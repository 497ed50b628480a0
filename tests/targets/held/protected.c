// SPDX-License-Identifier: MIT
// Shared memory that is read-only but while it is written to, as databases have it.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static int *users;
static void add(int count) {
    mprotect(users, 4096, PROT_READ | PROT_WRITE);
    *users += count;
    mprotect(users, 4096, PROT_READ);
}
int main(void) {
    int fd = open("users.bin", O_RDWR | O_CREAT, 0600);
    ftruncate(fd, 4096);
    users = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    add(1);
    char *p = malloc(100);
    add(-1); // here and on the error path
    if (!p)
        return 1;
    free(p);
    return 0;
}
