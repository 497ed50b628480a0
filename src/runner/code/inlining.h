// SPDX-License-Identifier: MIT
/** Calls that the compiler has put in line, as far as a file's own debug information tells. */
#ifndef MF_RUNNER_CODE_INLINING_H
#define MF_RUNNER_CODE_INLINING_H

#include <stdint.h>

/**
 * Look at one.
 *
 * @name, @linkage
 *         The function's name, and the linker's; NULL = unknown.
 * @into
 *         Where the function begins that it has become a part of; 0 = unknown.
 */
typedef void inlining_visit(void *context, const char *name, const char *linkage,
                            uint64_t into);

/** Look at all of them. A file without debug information has none; of one with very much of it
 * the rest is left out. */
void inlining_list(const char *path, inlining_visit *visit, void *context);

#endif
