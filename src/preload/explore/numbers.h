// SPDX-License-Identifier: MIT
/** The entries of a folder of /proc that are named by numbers: threads, descriptors. */
#ifndef MF_PRELOAD_EXPLORE_NUMBERS_H
#define MF_PRELOAD_EXPLORE_NUMBERS_H

#include <stdbool.h>

/**
 * Go through the numbers.
 *
 * @take
 *         Called with each, with the descriptor that the folder is read by, and with the
 *         context; false = no more are wanted.
 * @return
 *         Whether the folder could be read.
 */
bool mf_numbers_each(const char *path,
                     bool (*take)(int number, int folder, void *context), void *context);

#endif
