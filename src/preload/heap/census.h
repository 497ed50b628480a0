// SPDX-License-Identifier: MIT
/**
 * How many blocks live, and their bytes, for a program that asks by mallocfail.h: of those that
 * have come since it began to count. Stands in the place of the next allocator.
 *
 * Lock-free, safe on any thread and in a signal handler. Keeps errno.
 */
#ifndef MF_PRELOAD_HEAP_CENSUS_H
#define MF_PRELOAD_HEAP_CENSUS_H

#include <stdbool.h>
#include <stdint.h>

/** Count from now on, and anew; whether there is memory for it. Called inside the library. */
bool mf_census_begin(void);

/** What lives of it. */
uint64_t mf_census_blocks(void);
uint64_t mf_census_bytes(void);

#endif
