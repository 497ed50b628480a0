// SPDX-License-Identifier: MIT
/**
 * A family that does not want to end: a child, a grandchild in a session of its own, all
 * deaf to polite signals. Each appends its process id to the file given.
 */
#include "say.h"

#include <fcntl.h>
#include <signal.h>

static void settle(const char *name) {
    for (int i = 1; i < 32; i++) {
        if (i != SIGCHLD) {
            signal(i, SIG_IGN);
        }
    }
    char text[32];
    int file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int length = snprintf(text, sizeof(text), "%d\n", (int)getpid());
    if (file < 0 || write(file, text, (size_t)length) != length) {
        _exit(96);
    }
    close(file);
}

int main(int argc, char *argv[]) {
    if (argc != 2) {
        return 98;
    }
    void *volatile block = malloc(24);
    free(block);
    settle(argv[1]);
    if (fork() == 0) {
        settle(argv[1]);
        if (fork() == 0) {
            setsid();
            settle(argv[1]);
        }
    }
    // Long enough to be missed, short enough to be gone if the test is wrong.
    for (int i = 0; i < 20; i++) {
        sleep(1);
    }
    return 0;
}
