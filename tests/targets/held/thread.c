// SPDX-License-Identifier: MIT
// a helper thread made by clone(2) itself, as runtimes do that bring their own threads
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static char *volatile table;
static volatile int done;
static int helper(void *a) {
    (void)a;
    struct timespec w = {0, 20000000};
    syscall(SYS_nanosleep, &w, 0);
    table[0] = 1;
    done = 1;
    syscall(SYS_exit, 0);
    return 0;
}
int main(void) {
    char *first = malloc(8);
    if (!first)
        return 1;
    char *s = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    clone(helper, s + 65536,
          CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
              CLONE_SYSVSEM,
          0);
    table = malloc(100); // the helper uses it, and nobody looks
    for (int i = 0; i < 100 && !done; i++) {
        struct timespec w = {0, 1000000};
        nanosleep(&w, 0);
    }
    return 0;
}
