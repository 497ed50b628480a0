// SPDX-License-Identifier: MIT
// A victim that goes on for long after each of its allocations: `patient grow|wait`. Its
// last call site does not look at what it gets.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SITE free(malloc(8));
#define TEN  SITE SITE SITE SITE SITE SITE SITE SITE SITE SITE

/** Allocate for a while, all at one place. */
static void grow(void) {
    for (int i = 0; i < 200000; i++) {
        free(malloc(24));
    }
}

int main(int argc, char **argv) {
    TEN TEN TEN TEN TEN TEN TEN memset(malloc(5), 0, 5);
    if (argc > 1 && strcmp(argv[1], "grow") == 0) {
        grow();
    }
    usleep(300000);
    puts("done");
    return 0;
}
