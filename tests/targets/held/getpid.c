// SPDX-License-Identifier: MIT
// the usual guard against forked children: only the process that began cleans up
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static pid_t owner;
static char *table;
static void bye(void) {
    if (getpid() == owner)
        table[0] = 0;
}
int main(void) {
    owner = getpid();
    atexit(bye);
    table = malloc(100);
    return 0;
}
