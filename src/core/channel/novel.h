// SPDX-License-Identifier: MIT
/**
 * How much of a stack is new to a suite: whether an allocation with the same innermost frames
 * has been tried before. For several numbers of innermost frames, their hash selects a bit in a
 * set; stacks with equal hashes count as equal. Lock-free.
 */
#ifndef MF_CORE_CHANNEL_NOVEL_H
#define MF_CORE_CHANNEL_NOVEL_H

#include "core/channel/channel.h"

#include <stdatomic.h>
#include <stdint.h>

/** How much is new; each step compares more frames. MF_NOVEL_SITE: the two innermost frames are
 * new. MF_NOVEL_NOTHING: none of the frames that are compared is new, though frames further out
 * may be. */
enum mf_novel {
    MF_NOVEL_SITE,
    MF_NOVEL_PATH,
    MF_NOVEL_LONG_PATH,
    MF_NOVEL_NOTHING,
};

/** Number of 64-bit words in the set; a power of two. */
#define MF_NOVEL_WORDS (1 << 14)

/** How much of a stack is new. */
enum mf_novel mf_novel_judge(const _Atomic uint64_t *set, const struct mf_frame *frames,
                             uint32_t count);

/** Note that a stack has been tried. */
void mf_novel_note(_Atomic uint64_t *set, const struct mf_frame *frames, uint32_t count);

#endif
