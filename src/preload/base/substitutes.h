// SPDX-License-Identifier: MIT
/** Functions made of others, for a C library whose own would come back to us. */
#ifndef MF_PRELOAD_BASE_SUBSTITUTES_H
#define MF_PRELOAD_BASE_SUBSTITUTES_H

#include "preload/base/next.h"

/**
 * Put ours in the place of calloc, memalign and posix_memalign.
 *
 * musl makes these of malloc and aligned_alloc, which it calls by the names that we
 * interpose: each call would be counted twice, and fail as a function that the program
 * did not call. Ours do the same without that.
 *
 * @next
 *         Whose malloc and aligned_alloc are to be used; changed.
 */
void mf_substitutes_take(struct mf_next *next);

#endif
