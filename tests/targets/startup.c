// SPDX-License-Identifier: MIT
/** Allocations before and after main: each prints where it was and how it went. */
#include "say.h"

static void one(const char *where) {
    void *volatile block = malloc(24);
    say("%s %s\n", where, block ? "served" : "failed");
    free(block);
}

__attribute__((constructor)) static void constructor(void) {
    one("constructor");
}

__attribute__((destructor)) static void destructor(void) {
    one("destructor");
}

static void at_exit(void) {
    one("atexit");
}

int main(void) {
    one("main");
    atexit(at_exit);
    return 0;
}
