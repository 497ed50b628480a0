// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static pid_t main_tid;
int main(void) {
    main_tid = syscall(SYS_gettid);
    char *p = malloc(100);
    if (syscall(SYS_gettid) != main_tid)
        abort(); // assert_main_thread()
    free(p);
    puts("ok");
    return 0;
}
