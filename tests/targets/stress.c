// SPDX-License-Identifier: MIT
/**
 * Many threads at once: `stress THREADS CALLS [TOTAL]` has so many threads alive at a
 * time, TOTAL over all (default THREADS), each of which allocates CALLS times. Prints how
 * many failed.
 */
#include "say.h"

#include <pthread.h>
#include <stdint.h>

#define THREADS_MAX 512

static long calls;

static void *work(void *unused) {
    (void)unused;
    intptr_t failed = 0;
    for (long i = 0; i < calls; i++) {
        void *volatile block = malloc(24);
        if (!block) {
            failed++;
        }
        free(block);
    }
    return (void *)failed;
}

/** Run so many threads at once and wait for all. */
static intptr_t batch(int threads) {
    pthread_t ids[THREADS_MAX];
    intptr_t failed = 0;
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], NULL, work, NULL)) {
            say("no thread\n");
            _exit(97);
        }
    }
    for (int i = 0; i < threads; i++) {
        void *result;
        pthread_join(ids[i], &result);
        failed += (intptr_t)result;
    }
    return failed;
}

int main(int argc, char *argv[]) {
    if (argc < 3 || atoi(argv[1]) < 1 || atoi(argv[1]) > THREADS_MAX) {
        return 98;
    }
    int threads = atoi(argv[1]);
    int total = argc > 3 ? atoi(argv[3]) : threads;
    calls = atol(argv[2]);
    intptr_t failed = 0;
    for (int done = 0; done < total; done += threads) {
        failed += batch(threads);
    }
    say("%ld\n", (long)failed);
    return 0;
}
