// SPDX-License-Identifier: MIT
/**
 * Redzones: what is open in a block's pages but not its own, in front of it and behind
 * it. They are filled with MF_REDZONE_BYTE, and have to be so still when the block is
 * freed.
 */
#ifndef MF_PRELOAD_PAGES_REDZONE_H
#define MF_PRELOAD_PAGES_REDZONE_H

#include "core/channel/block.h"

#include <stddef.h>

/** No common character, no plausible address. */
#define MF_REDZONE_BYTE 0xb7

/** Fill a new block's redzones. */
void mf_redzone_fill(const struct mf_block *block);

/** The first byte that was changed behind a block, or the last one in front of it; NULL
 * where none was. */
const unsigned char *mf_redzone_behind(const struct mf_block *block);
const unsigned char *mf_redzone_before(const struct mf_block *block);

#endif
