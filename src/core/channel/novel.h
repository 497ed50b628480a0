// SPDX-License-Identifier: MIT
/**
 * How much of a stack is new to a suite: whether an allocation has been tried before that came
 * by the same innermost frames. A hash of these, for some numbers of frames, sets a bit of a
 * set; two of one hash are taken for the same. Without locks.
 */
#ifndef MF_CORE_CHANNEL_NOVEL_H
#define MF_CORE_CHANNEL_NOVEL_H

#include "core/channel/channel.h"

#include <stdatomic.h>
#include <stdint.h>

/** How much can be new: each step looks at more frames. At MF_NOVEL_SITE the innermost two are,
 * at MF_NOVEL_NOTHING only what is further out than all that are looked at. */
enum mf_novel {
    MF_NOVEL_SITE,
    MF_NOVEL_PATH,
    MF_NOVEL_LONG_PATH,
    MF_NOVEL_NOTHING,
};

/** Words of the set; a power of two. */
#define MF_NOVEL_WORDS (1 << 14)

/** How much of a stack is new. */
enum mf_novel mf_novel_judge(const _Atomic uint64_t *set, const struct mf_frame *frames,
                             uint32_t count);

/** A stack has been tried. */
void mf_novel_note(_Atomic uint64_t *set, const struct mf_frame *frames, uint32_t count);

#endif
