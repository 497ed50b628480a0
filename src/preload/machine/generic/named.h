// SPDX-License-Identifier: MIT
/** The way in of functions by name, any machine: never used. */
#ifndef MF_PRELOAD_MACHINE_NAMED_H
#define MF_PRELOAD_MACHINE_NAMED_H

#include <stdint.h>

struct mf_named_registers {
    uint64_t number, caller;
    uint64_t arguments[6];
};

/** Make the call return a value, without calling the original. */
static inline void mf_named_return(struct mf_named_registers *registers, uint64_t value) {
    registers->arguments[0] = value;
}

static inline void mf_named_way_in(void) {
}

#define mf_named_way_kept mf_named_way_in

static const char mf_named_ways[1] __attribute__((unused));

/** There are no such registers here. */
struct mf_named_vectors {
    uint32_t kept;
};

static inline uint32_t mf_named_find_vectors(void) {
    return 0;
}

static inline void mf_named_keep(struct mf_named_vectors *vectors, uint32_t parts) {
    vectors->kept = parts;
}

static inline void mf_named_restore(const struct mf_named_vectors *vectors) {
    (void)vectors;
}

#endif
