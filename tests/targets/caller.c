// SPDX-License-Identifier: MIT
/**
 * One allocation from each of several places, in the order of the names printed; the name
 * is followed by "failed" where it was. `caller N DEPTH` goes round N times, "deep" is so
 * deep.
 */
#include "fetch.h"
#include "say.h"

// Not static: they are to be found by name.
void *own_code(size_t size);
void *by_way_of_library(size_t size);
void *deep(size_t size, int depth);

void *own_code(size_t size) {
    void *volatile block = malloc(size);
    return block;
}

void *by_way_of_library(size_t size) {
    void *volatile block = fetch_by(own_code, size);
    return block;
}

void *deep(size_t size, int depth) {
    void *volatile block = depth > 0 ? deep(size, depth - 1) : fetch(size);
    return block;
}

static void tell(const char *name, void *block) {
    say("%s%s\n", name, block ? "" : " failed");
    free(block);
}

int main(int argc, char *argv[]) {
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    int depth = argc > 2 ? atoi(argv[2]) : 20;
    for (int i = 0; i < rounds; i++) {
        tell("own", own_code(24));
        tell("fetch", fetch(24));
        tell("other", fetch_other(24));
        tell("by", by_way_of_library(24));
        tell("deep", deep(24, depth));
    }
    return 0;
}
