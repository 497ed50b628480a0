// SPDX-License-Identifier: MIT
// reads its own status with a FILE that is open when the allocation fails
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    char b[8192];
    int f = open("/proc/self/stat", O_RDONLY);
    char *p = malloc(100);
    if (!p)
        for (volatile int i = 0; i < 3000000; i++)
            ;
    int n = read(f, b, sizeof b - 1);
    free(p);
    if (n <= 0) {
        fprintf(stderr, "cannot read myself\n");
        return 1;
    }
    b[n] = 0;
    int same = atoi(b) == getpid();
    puts(same ? "myself" : "somebody else");
    return 0;
}
