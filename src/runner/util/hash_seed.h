// SPDX-License-Identifier: MIT
/**
 * The seed of hash tables whose keys come from files of others: without one a file could
 * be made whose keys all fall into one bucket, and reading it would take for ever.
 */
#ifndef MF_RUNNER_UTIL_HASH_SEED_H
#define MF_RUNNER_UTIL_HASH_SEED_H

#include <stdint.h>

/** A number that is the same all through a process, and that nobody else can know. */
uint64_t hash_seed(void);

#endif
