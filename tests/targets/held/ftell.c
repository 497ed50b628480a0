// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
int main(void) {
    printf("header\n");
    fflush(stdout);
    char *p = malloc(100);
    printf("at %ld\n", ftell(stdout));
    free(p);
    return 0;
}
