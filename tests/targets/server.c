// SPDX-License-Identifier: MIT
// A server in small: does what it is told on stdin, one letter and one number a line.
//     t N   allocate N times, by malloc; print how many failed
//     c N   the same by calloc
//     b N   N threads more, which allocate all the time
//     f N   wait until those have seen N failures more, 5 s at most; print whether
//     q N   wait until those see none for N ms, N / 20 s at most; print whether
//     k N   have a child do `t N`
//     x N   execute this program again
#include "say.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

static atomic_ulong busy_failed;

static void turn(char how, unsigned long count) {
    unsigned long failed = 0;
    for (unsigned long i = 0; i < count; i++) {
        void *volatile block = how == 'c' ? calloc(1, 32) : malloc(32);
        failed += block == NULL;
        free(block);
    }
    say("%lu of %lu failed\n", failed, count);
}

static void *busy(void *unused) {
    for (;;) {
        void *volatile block = malloc(32);
        if (!block) {
            atomic_fetch_add(&busy_failed, 1);
        }
        free(block);
    }
    return unused;
}

static void begin(unsigned long count) {
    pthread_t thread;
    for (unsigned long i = 0; i < count; i++) {
        pthread_create(&thread, NULL, busy, NULL);
    }
    say("begun\n");
}

static void await_failures(unsigned long count) {
    unsigned long until = atomic_load(&busy_failed) + count;
    int patience = 5000;
    while (atomic_load(&busy_failed) < until && patience-- > 0) {
        usleep(1000);
    }
    say(patience > 0 ? "starved\n" : "never starved\n");
}

static void watch(unsigned long ms) {
    // Again where a call was under way that a busy machine had stopped in the middle.
    for (int patience = 50; patience > 0; patience--) {
        unsigned long before = atomic_load(&busy_failed);
        usleep((useconds_t)ms * 1000);
        if (before == atomic_load(&busy_failed)) {
            say("healthy\n");
            return;
        }
    }
    say("starved\n");
}

static void in_child(unsigned long count) {
    pid_t child = fork();
    if (child == 0) {
        turn('t', count);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/** Read a line; whether there was one. */
static int read_line(char *line, size_t size) {
    size_t used = 0;
    while (used + 1 < size && read(STDIN_FILENO, line + used, 1) == 1) {
        if (line[used++] == '\n') {
            line[used] = '\0';
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    char line[64];
    say("ready %d\n", (int)getpid());
    while (argc > 0 && read_line(line, sizeof(line))) {
        unsigned long number = strtoul(line + 1, NULL, 10);
        switch (line[0]) {
        case 'b':
            begin(number);
            break;
        case 'f':
            await_failures(number);
            break;
        case 'q':
            watch(number);
            break;
        case 'k':
            in_child(number);
            break;
        case 'x':
            execv(argv[0], argv);
            break;
        default:
            turn(line[0], number);
        }
    }
    return 0;
}
