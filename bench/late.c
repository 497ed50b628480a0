// SPDX-License-Identifier: MIT
// A program that works 25 ms before it allocates: what starting anew costs each time.
// Usage: late ALLOCATIONS
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

int main(int argc, char **argv) {
    int count = argc > 1 ? atoi(argv[1]) : 6350;
    int failed = 0;
    while (now() < 25) {
    }
    for (int i = 0; i < count; i++) {
        void *block = malloc(24 + (size_t)(i % 100));
        failed += !block;
        free(block);
    }
    return failed > 0;
}
