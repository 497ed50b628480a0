// SPDX-License-Identifier: MIT
/** A file that never has a name, where there is no memfd. */
#ifndef MF_RUNNER_UTIL_UNNAMED_H
#define MF_RUNNER_UTIL_UNNAMED_H

#include <stddef.h>

/** Open one of a size, with room on its disk for all of it: without, a write into its
 * memory would bring SIGBUS. A descriptor, or -1 with errno. */
int unnamed_open(size_t size);

#endif
