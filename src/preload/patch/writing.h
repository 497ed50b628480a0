// SPDX-License-Identifier: MIT
/** The patches of one file, as they are written into it. */
#ifndef MF_PRELOAD_PATCH_WRITING_H
#define MF_PRELOAD_PATCH_WRITING_H

#include "core/channel/patch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Take note of where a function goes on as it was, in front of its jump. */
typedef void mf_writing_note(const struct mf_patch *patch, uint32_t index,
                             void *original);

struct mf_writing {
    const struct mf_patches *patches;
    /** The file whose turn it is, and which one that is. */
    const struct mf_patch_file *file;
    uint32_t which;
    /** Of a file that is loaded later: the number of its first patch, the others follow;
     * 0 = it was there from the beginning. */
    uint32_t later;
    /** How far it lies from where it is linked to. */
    uint64_t bias;
    /** Whether blocks are followed until they are freed, and whether the page allocator
     * is to serve. */
    bool follows, replaced;
    bool shadowed;
    mf_writing_note *note;
    /** The place near it, which is taken. */
    unsigned char *place;
    size_t size;
};

/** Write what there is to write into the file. */
enum mf_patch_state mf_writing_run(struct mf_writing *writing);

#endif
