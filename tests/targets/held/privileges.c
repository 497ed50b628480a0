// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    char *p = malloc(100);
    char l[256];
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(l, sizeof l, f))
        if (!strncmp(l, "Seccomp:", 8) || !strncmp(l, "NoNewPrivs", 10) ||
            !strncmp(l, "VmLck", 5) || !strncmp(l, "Threads", 7))
            fputs(l, stdout);
    free(p);
    return 0;
}
