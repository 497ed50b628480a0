// SPDX-License-Identifier: MIT
// What a trace has to stand: threads, children, signals, and every way to end.
// Usage: recorded WHAT [NUMBER]
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "say.h"

// musl has none: then it is there with the library only.
void *pvalloc(size_t size) __attribute__((weak));

#define SLOTS 64

static void *_Atomic slots[SLOTS];
static long number;

/** Blocks come from one thread and are freed by another. */
static void *pass_around(void *argument) {
    unsigned seed = (unsigned)(long)argument;
    for (long i = 0; i < number; i++) {
        seed = seed * 1664525u + 1013904223u;
        void *old = __atomic_exchange_n((void **)&slots[seed >> 16 & (SLOTS - 1)],
                                        malloc(seed % 200 + 1), __ATOMIC_ACQ_REL);
        free(i % 3 == 0 ? realloc(old, seed % 5000 + 1) : old);
    }
    return NULL;
}

static void threads(void) {
    pthread_t ids[4];
    for (long i = 0; i < 4; i++) {
        pthread_create(&ids[i], NULL, pass_around, (void *)(i + 1));
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(ids[i], NULL);
    }
    for (int i = 0; i < SLOTS; i++) {
        free(slots[i]);
    }
}

static void *brief(void *unused) {
    free(malloc(10));
    return unused;
}

static void many_threads(void) {
    for (long i = 0; i < number; i++) {
        pthread_t id;
        pthread_create(&id, NULL, brief, NULL);
        pthread_join(id, NULL);
    }
}

static void allocate(void) {
    for (long i = 0; i < number; i++) {
        free(malloc((size_t)(i % 100 + 1)));
    }
}

static void run_child(long at) {
    free(malloc((size_t)(1000 + at)));
    _exit(0);
}

/** As _Fork(), which is in glibc since 2.34: none of the C library's own handlers run. */
static pid_t bare_fork(void) {
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/** A child by each kind of fork. */
static void children(void) {
    pid_t (*const forks[])(void) = {fork, bare_fork};
    free(malloc(77));
    for (long i = 0; i < 2; i++) {
        pid_t pid = forks[i]();
        if (pid == 0) {
            run_child(i);
        }
        waitpid(pid, NULL, 0);
    }
    free(malloc(78));
}

static volatile long handled;

static void on_tick(int signal) {
    (void)signal;
    free(malloc(11));
    free(malloc(22));
    handled++;
}

/** With an allocator that a handler may use. */
static void signals(void) {
    struct itimerval often = {{0, 100}, {0, 100}};
    struct itimerval never = {0};
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    allocate();
    setitimer(ITIMER_REAL, &never, NULL);
    say("%ld\n", handled);
}

/** Every function of the family, once. */
static void family(void) {
    void *block = NULL;
    free(malloc(1));
    free(calloc(2, 3));
    block = realloc(NULL, 10);
    block = realloc(block, 100000);
    free(reallocarray(block, 100, 3000));
    if (posix_memalign(&block, 64, 20) == 0) {
        free(block);
    }
    free(aligned_alloc(64, 64));
    free(memalign(64, 30));
    free(valloc(40));
    free(pvalloc(50));
    free(NULL);
    block = malloc(60);
    block = realloc(block, (size_t)1 << 50) ? NULL : block;
    block = realloc(block, 0);
    (void)!malloc(12345);
}

static void shut_in(void) {
    allocate();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    allocate();
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    number = argc > 2 ? atol(argv[2]) : 1000;
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"threads", threads},   {"many-threads", many_threads},
        {"children", children}, {"signals", signals},
        {"family", family},     {"shut-in", shut_in},
        {"exit", allocate},     {"_exit", allocate},
        {"kill", allocate},     {"crash", allocate},
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strcmp(what, parts[i].name) == 0) {
            parts[i].run();
        }
    }
    if (strcmp(what, "_exit") == 0) {
        _exit(3);
    } else if (strcmp(what, "kill") == 0) {
        kill(getpid(), SIGKILL);
    } else if (strcmp(what, "crash") == 0) {
        *(volatile int *)NULL = 1;
    }
    return 0;
}
