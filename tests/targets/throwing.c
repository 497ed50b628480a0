// SPDX-License-Identifier: MIT
/**
 * A C++ runtime as one system had it: the first exception of a thread takes memory for
 * the thread's own state, by a calloc that zeroes what it got without a look at it.
 */
#include "bug.h"

#include <stdint.h>

/** The two words that libstdc++ keeps for each thread. */
struct globals {
    void *caught;
    unsigned uncaught;
};

struct globals *__cxa_get_globals(void);

/** Not the one of the program: nobody outside this library sees it. */
__attribute__((visibility("hidden"), noinline)) void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size); // GETS throwing
    LAUNDER(block);
    memset(block, 0, count * size); // BREAKS throwing
    LAUNDER(block);
    return block;
}

struct globals *__cxa_get_globals(void) {
    static _Thread_local struct globals *globals;
    if (!globals) {
        globals = calloc(1, sizeof(*globals));
        LAUNDER(globals);
    }
    return globals;
}
