// SPDX-License-Identifier: MIT
/**
 * What hash tables are salted with whose keys come out of files of others: without it a
 * file could be made whose keys are all looked for in the same place, and reading it
 * would take for ever.
 */
#ifndef MF_RUNNER_UTIL_HASH_SEED_H
#define MF_RUNNER_UTIL_HASH_SEED_H

#include <stdint.h>

/** A number that is the same all through a process, and that nobody else can know. */
uint64_t hash_seed(void);

#endif
