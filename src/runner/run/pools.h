// SPDX-License-Identifier: MIT
/** Allocators that a program has beside malloc, and which no failure reaches: known by the
 * symbols of its files. */
#ifndef MF_RUNNER_RUN_POOLS_H
#define MF_RUNNER_RUN_POOLS_H

#include <stdbool.h>
#include <stddef.h>

/** The most that are told. */
#define POOLS_MAX 8

/** What is not reached. */
struct own_pool {
    /** What it is: "Python's pool for small objects". Static. */
    const char *what;
    /** The function that it is known by. Static. */
    const char *symbol;
    /** The base name of the file that has it; of the caller's. */
    const char *module;
    /** What to do about it: "set PYTHONMALLOC=malloc"; NULL = nothing is known. Static. */
    const char *remedy;
    /** Of how many more programs of a suite it is true. */
    size_t more;
};

struct pools {
    struct own_pool list[POOLS_MAX];
    size_t count;
    /** Whether one is known, though it may be switched off. */
    bool any;
};

/**
 * Look at one file of the program's. A pool is left out that the environment switches off
 * already, and one that is known from another file. A file that cannot be read has none.
 *
 * @path
 *         Outlives the list.
 */
void pools_look(struct pools *pools, const char *path);

#endif
