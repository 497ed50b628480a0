// SPDX-License-Identifier: MIT
// Knows itself by the links and folders of /proc.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    char *p = malloc(100);
    char link[32] = "", name[64];
    if (readlink("/proc/self", link, sizeof(link) - 1) > 0 && atoi(link) == getpid())
        write(1, "myself\n", 7);
    snprintf(name, sizeof(name), "/proc/self/task/%d/stat", (int)getpid());
    if (access(name, R_OK) == 0)
        write(1, "there\n", 6);
    if (open(name, O_RDONLY) >= 0)
        write(1, "open\n", 5);
    free(p);
    return 0;
}
