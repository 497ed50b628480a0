// SPDX-License-Identifier: MIT
// a work file: written, an allocation, read back, removed. Without memory it crashes after the read.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static char b[64];
int main(void) {
    int fd = open("work.tmp", O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (fd < 0 || write(fd, "payload\n", 8) != 8)
        return 2;
    close(fd);
    char *cache = malloc(100);
    fd = open("work.tmp", O_RDONLY);
    if (fd < 0) {
        fputs("work.tmp is gone\n", stderr);
        return 1;
    }
    int n = read(fd, b, sizeof b);
    close(fd);
    unlink("work.tmp");
    for (int i = 0; i < n; i++)
        cache[i] = b[i];
    return cache[0] != 'p';
}
