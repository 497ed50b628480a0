// SPDX-License-Identifier: MIT
/** The interposed functions: their numbers, their names, and which are on by default. */
#ifndef MF_CORE_POLICY_FUNCTION_H
#define MF_CORE_POLICY_FUNCTION_H

#include "core/policy/named.h"

#include <stdint.h>

/** One interposed function that can fail. The order is part of the channel's layout. */
enum mf_function {
    MF_MALLOC,
    MF_CALLOC,
    MF_REALLOC,
    MF_REALLOCARRAY,
    MF_POSIX_MEMALIGN,
    MF_ALIGNED_ALLOC,
    MF_MEMALIGN,
    MF_VALLOC,
    MF_PVALLOC,
    MF_MMAP,
    MF_MREMAP,
    MF_BRK,
    MF_SBRK,
    /** Not interposed: an allocator of the program's own asks (mallocfail.h). */
    MF_SHOULD_FAIL,
    /** The program's own functions that are named (named.h), one each. */
    MF_NAMED,
    MF_FUNCTION_COUNT = MF_NAMED + MF_NAMED_MAX,
};

/** A set of functions: bit N stands for function N. */
#define MF_FUNCTION_BIT(function) (UINT32_C(1) << (function))

/** The functions a rule selects when it names none: the malloc family, what asks, and those of
 * the program's own. */
#define MF_FUNCTIONS_DEFAULT                                                             \
    ((MF_FUNCTION_BIT(MF_MMAP) - 1) |                                                    \
     (MF_FUNCTION_BIT(MF_FUNCTION_COUNT) - MF_FUNCTION_BIT(MF_SHOULD_FAIL)))

/**
 * Name a function.
 *
 * @function
 *         Any number; a value out of range is allowed.
 * @return
 *         The C name, "?" for any other number, or one of the program's own functions. Static, never NULL.
 */
const char *mf_function_name(unsigned function);

/**
 * Find a function by its C name.
 *
 * @return
 *         Its number, or -1 when the name is not one of ours.
 */
int mf_function_find(const char *name);

#endif
