// SPDX-License-Identifier: MIT
/**
 * Whether this process shares writable memory with others: then what a child of it does
 * could be seen.
 */
#ifndef MF_PRELOAD_EXPLORE_SHARING_H
#define MF_PRELOAD_EXPLORE_SHARING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct mf_sharing {
    /** Whether the maps were read after the last new shared mapping, and none was found
     * that can be written to. */
    _Atomic uint32_t none;
    /** Whether a read-only mapping was made that mprotect(2) can make writable. */
    _Atomic uint32_t latent;
};

extern struct mf_sharing mf_sharing;

/** A mapping is about to be made, as mmap(2) has it. */
void mf_sharing_map(int protection, int flags, int fd);

/** A segment is about to be attached. */
void mf_sharing_attach(void);

/** Whether memory is shared that can be written to, the library's own left aside. */
bool mf_sharing_found(void);

#endif
