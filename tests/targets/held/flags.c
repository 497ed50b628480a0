// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
    char *p = malloc(100);
    if (fcntl(1, F_GETFL) & O_APPEND)
        write(1, "append\n", 7);
    else
        write(1, "no append\n", 10);
    free(p);
    return 0;
}
