// SPDX-License-Identifier: MIT
// The microbenchmark: threads that allocate and free, in nanoseconds for one pair: of the
// processor's time, for what else a machine does is none of it.
// Usage: churn pair|mixed|live THREADS PAIRS; with live, 1,000 blocks live at any time.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/** What one thread does. */
struct work {
    long pairs;
    int mixed, live;
};

#define LIVE 1000

static void *run(void *argument) {
    const struct work *work = argument;
    void *blocks[LIVE] = {NULL};
    unsigned seed = 1;
    for (long i = 0; i < work->pairs; i++) {
        seed = seed * 1664525u + 1013904223u;
        void *block = malloc(work->mixed ? 16 + (seed >> 16) % 497 : 32);
        if (!block) {
            fputs("churn: an allocation failed\n", stderr);
            _Exit(1);
        }
        __asm__ volatile("" : : "r"(block) : "memory");
        if (work->live) {
            void *old = blocks[(seed >> 8) % LIVE];
            blocks[(seed >> 8) % LIVE] = block;
            block = old;
        }
        free(block);
    }
    return NULL;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fputs("usage: churn pair|mixed|live THREADS PAIRS\n", stderr);
        return 2;
    }
    struct work work = {atol(argv[3]), strcmp(argv[1], "pair") != 0,
                        strcmp(argv[1], "live") == 0};
    int count = atoi(argv[2]);
    count = count < 1 ? 1 : count > 64 ? 64 : count;
    pthread_t threads[64];
    double start = now();
    for (int i = 1; i < count; i++) {
        if (pthread_create(&threads[i], NULL, run, &work) != 0) {
            return 1;
        }
    }
    run(&work);
    for (int i = 1; i < count; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%.3f\n", (now() - start) / (double)work.pairs / count);
    return 0;
}
