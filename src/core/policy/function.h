// SPDX-License-Identifier: MIT
/** The interposed functions: their numbers, their names, and which are on by default. */
#ifndef MF_CORE_POLICY_FUNCTION_H
#define MF_CORE_POLICY_FUNCTION_H

#include "core/policy/named.h"

#include <stdbool.h>
#include <stdint.h>

/** The most functions that give out other things than memory, and the most names that
 * programs call them by. */
#define MF_RESOURCE_MAX         104
#define MF_RESOURCE_SYMBOLS_MAX 160

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
    /** Those that give out other things than memory (resource.h), one each. */
    MF_RESOURCE = MF_NAMED + MF_NAMED_MAX,
    MF_FUNCTION_COUNT = MF_RESOURCE + MF_RESOURCE_MAX,
};

/** A set of functions: bit N stands for function N. */
__extension__ typedef unsigned __int128 mf_functions;
#define MF_FUNCTION_BIT(function) ((mf_functions)1 << (function))

_Static_assert(MF_FUNCTION_COUNT <= 8 * sizeof(mf_functions), "a bit each");

/** The functions a rule selects when it names none: the malloc family, what asks, and those of
 * the program's own. */
#define MF_FUNCTIONS_DEFAULT                                                             \
    ((MF_FUNCTION_BIT(MF_MMAP) - 1) |                                                    \
     (MF_FUNCTION_BIT(MF_RESOURCE) - MF_FUNCTION_BIT(MF_SHOULD_FAIL)))

/** The word for them where others are named, too. */
#define MF_FUNCTIONS_DEFAULT_WORD "memory"

/**
 * Name a function.
 *
 * @function
 *         Any number; a value out of range is allowed.
 * @return
 *         The C name, "?" for a number that is not a function's or one of the program's own.
 *         Static, never NULL.
 */
const char *mf_function_name(unsigned function);

/**
 * Read what stands for functions: the name of one, or of a group.
 *
 * @return
 *         None when it is not one of ours.
 */
mf_functions mf_functions_read(const char *word);

/** Write a set as words: groups first, and then what they leave, `"files", "read"`. Those of
 * the program's own have no word. */
void mf_functions_write(mf_functions functions, struct mf_text *text);

#endif
