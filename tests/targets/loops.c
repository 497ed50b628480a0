// SPDX-License-Identifier: MIT
/** A program that retries an allocation for ever, in the way that its argument names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile int sink;

__attribute__((noinline)) static void add(void) {
    for (int i = 0; i < 2000; i++) {
        sink += i;
    }
}

__attribute__((noinline)) static void flip(void) {
    for (int i = 0; i < 2000; i++) {
        sink ^= i;
    }
}

/** A loop that calls functions which allocate nothing. */
static void *calls(void) {
    void *block;
    while (!(block = malloc(1))) {
        add();
        flip();
    }
    return block;
}

__attribute__((noinline)) static void *first(void) {
    add();
    return malloc(2);
}

__attribute__((noinline)) static void *second(void) {
    flip();
    return malloc(3);
}

/** A loop over two functions, each of which allocates. */
static void *two(void) {
    void *one = NULL, *other = NULL;
    while (!one || !other) {
        one = one ? one : first();
        other = other ? other : second();
    }
    free(one);
    return other;
}

static int compare(const void *a, const void *b) {
    return *(const char *)a - *(const char *)b;
}

/** A loop that calls a library. */
static void *library(void) {
    char *text, line[200];
    while (!(text = strdup("text"))) {
        snprintf(line, sizeof(line), "%f %s", 1.5, "no memory");
        qsort(line, strlen(line), 1, compare);
    }
    return text;
}

static int walk(int depth) {
    sink++;
    return depth > 0 ? walk(depth - 1) + walk(depth - 1) : 1;
}

/** A loop with recursion inside. */
static void *recursion(void) {
    void *block;
    while (!(block = malloc(4))) {
        walk(8);
    }
    return block;
}

static void nap(void) {
    const struct timespec moment = {0, 2000000};
    nanosleep(&moment, NULL);
}

/** A loop that waits a moment before it tries again. */
static void *patient(void) {
    void *block;
    while (!(block = malloc(5))) {
        nap();
    }
    return block;
}

static int left;

/** A loop that ends, but the first time. */
static void *bounded(void) {
    int most = left++ == 0 ? -1 : 30000;
    void *block = NULL;
    while (!block && most-- != 0) {
        block = malloc(6);
    }
    if (!block) {
        fputs("out of memory\n", stderr);
        exit(1);
    }
    return block;
}

/** Two loops, each with a loop inside that ends. */
static void *both(void) {
    void *one, *other;
    while (!(one = malloc(8))) {
        for (int i = 0; i < 3; i++) {
            add();
        }
    }
    do {
        flip();
        other = malloc(9);
    } while (!other);
    free(one);
    return other;
}

/** Two loops of which each spins without a call. */
static void *alone(void) {
    static volatile int there;
    void *one = malloc(11);
    while (!one && !there) {
        sink++;
    }
    void *other = malloc(12);
    while (!other && !there) {
        sink--;
    }
    free(one);
    return other;
}

/** No loop: a recursion that allocates. */
static void *deeper(void) {
    void *block = malloc(7);
    if (!block) {
        block = deeper();
        sink++;
    }
    return block;
}

static const struct {
    const char *name;
    void *(*function)(void);
} ways[] = {
    {"calls", calls},         {"two", two},         {"library", library},
    {"recursion", recursion}, {"patient", patient}, {"bounded", bounded},
    {"deeper", deeper},       {"both", both},       {"alone", alone},
};

static void one_place(void *(*function)(void)) {
    free(function());
}

static void other_place(void *(*function)(void)) {
    free(function());
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].name, argv[1]) == 0) {
            one_place(ways[i].function);
            other_place(ways[i].function);
            free(ways[i].function());
        }
    }
    return 0;
}
