// SPDX-License-Identifier: MIT
// Whatever it asks of the system, the answer is the same with the memory and without: each
// function breaks without its block, unless the answer has changed.
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
struct answer {
    long values[8];
};
typedef struct answer question(int fd);
static struct answer parent(int fd) {
    return (struct answer){{getppid()}};
}
// The block's size says which question it was.
#define ASKS(name, size, fd)                                                             \
    static void asks_##name##_##fd(void) {                                               \
        struct answer before = name(fd);                                                 \
        volatile char *block = malloc(size);                                             \
        struct answer after = name(fd);                                                  \
        if (memcmp(&before, &after, sizeof(before)) == 0)                                \
            block[0] = 1;                                                                \
        free((void *)block);                                                             \
    }
ASKS(parent, 100, 0)
// A worker watches for its parent's end, too.
ASKS(parent, 101, 1)
static void forks(void) {
    if (fork() == 0) {
        asks_parent_1();
        _exit(0);
    }
    wait(NULL);
}
static void stops_its_parent(void) {
    char *block = malloc(102);
    if (!block)
        kill(getppid(), SIGKILL);
    free(block);
}
int main(void) {
    asks_parent_0();
    forks();
    stops_its_parent();
    return 0;
}
