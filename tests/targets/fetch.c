// SPDX-License-Identifier: MIT
#include "fetch.h"

#include <stdlib.h>

/** So that no two functions are the same to a compiler. */
static volatile int fetched, fetched_others;

void *fetch(size_t size) {
    fetched++;
    void *volatile block = malloc(size);
    return block;
}

void *fetch_other(size_t size) {
    fetched_others++;
    void *volatile block = malloc(size);
    return block;
}

void *fetch_by(void *(*allocate)(size_t), size_t size) {
    void *volatile block = allocate(size);
    return block;
}
