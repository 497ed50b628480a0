// SPDX-License-Identifier: MIT
/** Calls that the compiler has put in line, as far as a file's own debug information tells. */
#ifndef MF_RUNNER_CODE_INLINING_H
#define MF_RUNNER_CODE_INLINING_H

#include <stdint.h>

struct inlining_call {
    /** The function's name, and the linker's; NULL = unknown. */
    const char *name, *linkage;
    /** Where the function begins that it has become a part of, 0 = unknown; and its name. */
    uint64_t into;
    const char *into_name;
};

/** Look at one. */
typedef void inlining_visit(void *context, const struct inlining_call *call);

/** Look at all of them. A file without debug information has none; of one with very much of it
 * the rest is left out. */
void inlining_list(const char *path, inlining_visit *visit, void *context);

#endif
