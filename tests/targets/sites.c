// SPDX-License-Identifier: MIT
/**
 * Allocations from call sites of its own, of the C library on its behalf, and of a
 * library of its own; each failure ends it with status 3, but `sites careless` writes to
 * what the library gave.
 */
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

static void *need(void *block) {
    if (!block) {
        exit(3);
    }
    return block;
}

static void *own(size_t size) {
    void *volatile block = malloc(size);
    return need(block);
}

static void duplicate(void) {
    char *volatile copy = strdup("x");
    free(need(copy));
}

/** One call site of the library's, by way of two stacks. */
static void fetch_twice(int careless) {
    char *volatile one = fetch(24);
    char *volatile two = fetch(24);
    if (careless) {
        *one = *two = 1;
    }
    free(need(one));
    free(need(two));
}

int main(int argc, char *argv[]) {
    for (int i = 0; i < 3; i++) {
        free(own(24));
    }
    free(fetch_by(own, 24));
    duplicate();
    fetch_twice(argc > 1 && strcmp(argv[1], "careless") == 0);
    return 0;
}
