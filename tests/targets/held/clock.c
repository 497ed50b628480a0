// SPDX-License-Identifier: MIT
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int main(void) {
    volatile unsigned x = 0;
    for (int i = 0; i < 60000000; i++)
        x += i; // some CPU time
    clock_t t0 = clock();
    char *p = malloc(100); // optional cache: failing is fine
    clock_t t1 = clock();
    assert(t1 >= t0); // CPU time never goes back
    free(p);
    puts("done");
    return 0;
}
