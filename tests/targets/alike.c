// SPDX-License-Identifier: MIT
/**
 * Stacks that are alike: the same function allocates at the same place of the stack, and
 * only a frame further up tells who asked: wanted() or other(). Under a policy that fails
 * what comes by wanted(), print how many calls went otherwise.
 *
 *     alike CALLS THREADS [POLICY]
 *
 * With a second policy, do the same again under that one, which is to fail what comes by
 * other().
 */
#include "mallocfail.h"

#include <alloca.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define PLAIN __attribute__((noinline))

/** How a call gets to malloc. */
enum way {
    STRAIGHT,
    /** Through a frame whose size is known to its frame pointer only. */
    BY_FRAME_POINTER,
    /** Through many frames. */
    DEEP,
    WAYS,
};

struct work {
    unsigned calls, seed;
    /** Whether it is other() that fails. */
    bool turned;
    unsigned wrong;
};

PLAIN static void *allocate(void) {
    void *volatile block = malloc(16);
    return block;
}

PLAIN static void *roomy(unsigned depth) {
    char *volatile room = alloca(16 + depth % 4 * 16);
    room[0] = 1;
    void *volatile block = allocate();
    return block;
}

PLAIN static void *down(unsigned depth) {
    void *volatile block = depth > 0 ? down(depth - 1) : allocate();
    return block;
}

PLAIN static void *go(enum way way, unsigned depth) {
    void *volatile block = way == STRAIGHT           ? allocate()
                           : way == BY_FRAME_POINTER ? roomy(depth)
                                                     : down(depth);
    return block;
}

PLAIN static void *wanted(enum way way, unsigned depth) {
    __asm__ volatile("# wanted, which no compiler makes one with the other");
    void *volatile block = go(way, depth);
    return block;
}

PLAIN static void *other(enum way way, unsigned depth) {
    __asm__ volatile("# other, which no compiler makes one with the other");
    void *volatile block = go(way, depth);
    return block;
}

static void *work_main(void *argument) {
    struct work *work = argument;
    for (unsigned i = 0; i < work->calls; i++) {
        work->seed = work->seed * 1664525u + 1013904223u;
        unsigned dice = work->seed >> 8;
        enum way way = dice % WAYS;
        bool fails = dice / WAYS % 16 == 0;
        unsigned depth = dice / 1024 % 80;
        void *block = (fails != work->turned ? wanted : other)(way, depth);
        work->wrong += fails == (block != NULL);
        free(block);
    }
    return NULL;
}

static void work_in_threads(unsigned calls, unsigned count, bool turned) {
    static struct work works[64];
    pthread_t threads[64];
    unsigned wrong = 0;
    for (unsigned i = 0; i < count; i++) {
        works[i] = (struct work){calls, i + 1, turned, 0};
        if (pthread_create(&threads[i], NULL, work_main, &works[i]) != 0) {
            _Exit(1);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        wrong += works[i].wrong;
    }
    printf("%u of %u\n", wrong, calls * count);
}

int main(int argc, char **argv) {
    unsigned calls = argc >= 3 ? (unsigned)atoi(argv[1]) : 0;
    unsigned count = argc >= 3 ? (unsigned)atoi(argv[2]) % 64 : 0;
    work_in_threads(calls, count, false);
    if (argc == 4) {
        if (mallocfail_policy(MALLOCFAIL_PROCESS, argv[3], NULL, 0) != 0) {
            perror("mallocfail_policy");
            return 1;
        }
        work_in_threads(calls, count, true);
    }
    return 0;
}
