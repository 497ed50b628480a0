// SPDX-License-Identifier: MIT
/**
 * A program that writes into the memory it shares with whoever tests it, at random and
 * for its whole life: `scribble SEED MILLISECONDS [WHO]`. The thread that does so begins
 * before main allocates; the same seed makes the same numbers. With WHO = `child`, a
 * child does it, outlives its parent, and goes on for as long again.
 */
#include "say.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define RANGES_MAX 16
/** What the most interesting words lie in: counters at the beginning of what is mapped,
 * and at the end of its head. */
#define HOT 16384

static struct range {
    char *start;
    size_t size;
} ranges[RANGES_MAX];
static int range_count;
static uint64_t state;
static long span_ms;
static _Atomic int begun;

/** Find the mappings, by the name of the file behind them. */
static void find_ranges(void) {
    static char text[1 << 18];
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && range_count < RANGES_MAX && fgets(text, sizeof(text), maps)) {
        unsigned long start, end;
        if (strstr(text, "/memfd:mallocfail ") &&
            sscanf(text, "%lx-%lx rw-s", &start, &end) == 2) {
            ranges[range_count++] = (struct range){(char *)start, end - start};
        }
    }
    if (maps) {
        fclose(maps);
    }
}

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/** A value that hurts: all bits, few bits, a pid that exists, a small number. */
static uint64_t value(void) {
    switch (next() % 8) {
    case 0:
        return UINT64_MAX;
    case 1:
        return (uint64_t)getpid();
    case 2:
        return (uint64_t)getppid() << 32 | (uint64_t)getppid();
    case 3:
        return next() % 4096;
    case 4:
        return UINT64_C(1) << next() % 64;
    default:
        return next();
    }
}

/** Where to write: half of the time where counters are. */
static size_t place(size_t size) {
    size_t at = next() % size;
    switch (next() % 4) {
    case 0:
        return at % (size < HOT ? size : HOT);
    case 1:
        return size - 1 - at % (size < HOT ? size : HOT);
    default:
        return at;
    }
}

static long now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void *write_at_random(void *unused) {
    (void)unused;
    long until = now_ms() + span_ms;
    begun = 1;
    do {
        for (int i = 0; i < 1000; i++) {
            const struct range *range = &ranges[next() % (unsigned)range_count];
            size_t at = place(range->size - sizeof(uint64_t)) & ~(size_t)7;
            uint64_t number = value();
            memcpy(range->start + at, &number, next() % 2 ? 8 : 4);
        }
    } while (now_ms() < until);
    return NULL;
}

/** Allocate, and use what there is. */
static void live(void) {
    long until = now_ms() + span_ms;
    do {
        for (int i = 0; i < 100; i++) {
            char *volatile block = malloc(24);
            if (block) {
                block[0] = 1;
            }
            free(block);
        }
    } while (now_ms() < until);
}

int main(int argc, char *argv[]) {
    pthread_t thread;
    if (argc < 3) {
        return 98;
    }
    state = strtoull(argv[1], NULL, 10) * UINT64_C(0x9e3779b97f4a7c15) + 1;
    span_ms = strtol(argv[2], NULL, 10);
    find_ranges();
    if (range_count == 0) {
        return 97;
    }
    signal(SIGALRM, SIG_DFL);
    alarm(20);
    if (argc > 3) {
        if (fork() == 0) {
            span_ms *= 2;
            write_at_random(NULL);
            _exit(0);
        }
        live();
        return 0;
    }
    if (pthread_create(&thread, NULL, write_at_random, NULL)) {
        return 96;
    }
    live();
    pthread_join(thread, NULL);
    return 0;
}
