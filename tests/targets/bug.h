// SPDX-License-Identifier: MIT
/**
 * Victims with known bugs. The line where a bug's allocation fails carries the words
 * "FAILS bug", the one where the program breaks "BREAKS bug", in a comment: tests look
 * them up.
 */
#ifndef TARGETS_BUG_H
#define TARGETS_BUG_H

#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A function that keeps its name and its frame whatever the compiler does. */
#define BUG(type, name, ...)                                                             \
    __attribute__((noinline)) type name(__VA_ARGS__);                                    \
    __attribute__((noinline)) type name(__VA_ARGS__)

/** Keep the compiler from knowing what a pointer is, and from calling last things
 * last. */
#define LAUNDER(pointer) __asm__ volatile("" : "+r"(pointer)::"memory")
#define STAY             __asm__ volatile("" ::: "memory")

struct bug {
    const char *name;
    void (*run)(void);
};

/** Run the bug that is asked for; main's status. */
static inline int run_bug(const struct bug *bugs, size_t count, int argc, char *argv[]) {
    for (size_t i = 0; argc > 1 && i < count; i++) {
        if (strcmp(bugs[i].name, argv[1]) == 0) {
            bugs[i].run();
            return 0;
        }
    }
    return 98;
}

#ifdef __cplusplus
}
#endif

#endif
