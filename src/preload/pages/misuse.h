// SPDX-License-Identifier: MIT
/** The end of a program that misused its heap: noted for the runner, told, aborted. */
#ifndef MF_PRELOAD_PAGES_MISUSE_H
#define MF_PRELOAD_PAGES_MISUSE_H

#include "core/channel/block.h"

/**
 * Note a misuse, say it in one line, and die of SIGABRT, as a C library does that finds
 * its heap broken.
 *
 * @address
 *         What was to be freed, or the byte that was changed.
 * @block
 *         The block's entry; NULL if there is none.
 */
_Noreturn void mf_misuse_end(enum mf_misuse_kind kind, enum mf_misuse_place place,
                             const void *address, const struct mf_block *block);

#endif
