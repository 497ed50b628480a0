// SPDX-License-Identifier: MIT
/** The interposed functions: their numbers, their names, and which are on by default. */
#ifndef MF_CORE_POLICY_FUNCTION_H
#define MF_CORE_POLICY_FUNCTION_H

#include "core/policy/named.h"

#include <stdbool.h>
#include <stdint.h>

/** The most functions that give out resources other than memory, and the most names that
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
    /** Not interposed: the program's own allocator calls it (mallocfail.h). */
    MF_SHOULD_FAIL,
    /** The program's own functions given by name (named.h), one each. */
    MF_NAMED,
    /** Functions that give out resources other than memory (resource.h), one each. */
    MF_RESOURCE = MF_NAMED + MF_NAMED_MAX,
    MF_FUNCTION_COUNT = MF_RESOURCE + MF_RESOURCE_MAX,
};

/** A set of functions: bit N stands for function N. */
__extension__ typedef unsigned __int128 mf_functions;
#define MF_FUNCTION_BIT(function) ((mf_functions)1 << (function))

_Static_assert(MF_FUNCTION_COUNT <= 8 * sizeof(mf_functions), "a bit each");

/** The functions that a rule selects if it names none: the malloc family, MF_SHOULD_FAIL,
 * and the program's own functions. */
#define MF_FUNCTIONS_DEFAULT                                                             \
    ((MF_FUNCTION_BIT(MF_MMAP) - 1) |                                                    \
     (MF_FUNCTION_BIT(MF_RESOURCE) - MF_FUNCTION_BIT(MF_SHOULD_FAIL)))

/** The word for these in a list that also names others. */
#define MF_FUNCTIONS_DEFAULT_WORD "memory"

/**
 * Name a function.
 *
 * @function
 *         Any number; a value out of range is allowed.
 * @return
 *         The C name; "?" for the program's own functions and for numbers that are no
 *         function's. Static, never NULL.
 */
const char *mf_function_name(unsigned function);

/**
 * Read a word for functions: the name of a function or of a group.
 *
 * @return
 *         An empty set if the word is unknown.
 */
mf_functions mf_functions_read(const char *word);

/** Write a set as words: groups first, then the remaining functions, `"files", "read"`. The
 * program's own functions have no word. */
void mf_functions_write(mf_functions functions, struct mf_text *text);

#endif
