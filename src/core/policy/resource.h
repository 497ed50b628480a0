// SPDX-License-Identifier: MIT
/**
 * Functions that give out resources other than memory, and fail when those run out: one
 * table of their names, groups, return values and errors.
 */
#ifndef MF_CORE_POLICY_RESOURCE_H
#define MF_CORE_POLICY_RESOURCE_H

#include "core/policy/function.h"

/** What they give out; "mappings" includes the functions that malloc gets its memory
 * from. */
enum mf_resource_group {
    /** Selected by name only: they give nothing out, but can also fail for lack of room. */
    MF_GROUP_NONE,
    MF_GROUP_FILES,
    MF_GROUP_SOCKETS,
    MF_GROUP_THREADS,
    MF_GROUP_PROCESSES,
    MF_GROUP_MAPPINGS,
    MF_GROUP_COUNT,
};

/** What a function returns if it fails. */
enum mf_resource_result {
    /** -1, also as a pointer, with the error in errno. */
    MF_RETURNS_MINUS_ONE,
    /** NULL, with the error in errno. */
    MF_RETURNS_NULL,
    /** The error itself; errno is unchanged. */
    MF_RETURNS_ERROR,
};

/** The most errors of a function, including the 0 after the last. */
#define MF_RESOURCE_ERRORS 8

struct mf_resource {
    const char *name;
    /** enum mf_resource_group, enum mf_resource_result */
    uint32_t group, result;
    /** The errors in its manual page that a program cannot prevent, the most likely first;
     * 0 after the last. */
    int32_t errors[MF_RESOURCE_ERRORS];
    /** Its enum mf_function if it is always interposed; else 0. */
    uint32_t interposed;
    /** Only calls with one of these second arguments give something out; 0 = any. */
    uint32_t commands;
    int32_t command[2];
    /** Whether it releases a resource even if it fails: then the call is made and fails
     * afterwards. */
    bool releases;
};

/** A name in the linkage tables of programs. */
struct mf_resource_symbol {
    const char *name;
    /** The function's index in the table. */
    unsigned resource;
};

/** The table, by index; NULL after the last. */
const struct mf_resource *mf_resource_at(unsigned index);

/** The row of a function; NULL if it has none. */
const struct mf_resource *mf_resource_of(unsigned function);

/** The function of a row, an enum mf_function. */
unsigned mf_resource_function(unsigned index);

/** All names that programs call the functions by, by index; an empty name behind the
 * last. */
struct mf_resource_symbol mf_resource_symbol_at(unsigned index);

/** The group's name, as "files"; "" for MF_GROUP_NONE. */
const char *mf_resource_group_name(unsigned group);

/** The functions that a word stands for: those of a group, or one by any of its names; none
 * if it is neither. */
mf_functions mf_resource_read(const char *word);

/** The error that a call fails with: the given one, or if that is 0 the most likely one;
 * ENOMEM for allocations. */
int32_t mf_resource_error(unsigned function, int32_t given);

/** The functions that run out of the same resource as this one: its group, or those for
 * memory. */
mf_functions mf_resource_kin(unsigned function);

#endif
