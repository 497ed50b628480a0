// SPDX-License-Identifier: MIT
/** The functions of a file: where each begins and ends, and what it is called. A stripped
 * file has them, too: its table for unwinding (.eh_frame_hdr) tells. */
#ifndef MF_RUNNER_CODE_FUNCTIONS_H
#define MF_RUNNER_CODE_FUNCTIONS_H

#include "runner/code/modules.h"
#include "runner/code/symboltable.h"

/** A function's addresses, as linked; `high` is the first one behind it. */
struct function_range {
    uint64_t low, high;
};

struct functions {
    /** NULL = it is not to be had. */
    struct elffile *file;
    /** What offsets count from. */
    uint64_t base;
    struct symboltable symbols;
    /** The table's address, and its entries: two numbers each, relative to the table. */
    uint64_t table;
    const unsigned char *entries;
    size_t count;
};

/** Begin with an open file, which is taken over; NULL is fine. */
void functions_begin(struct functions *functions, struct elffile *file);

/** Open a module's file; there are no functions where it is not to be had. */
void functions_open(struct functions *functions, const struct mf_module *module);

/** The same of any file, by its path. */
void functions_open_path(struct functions *functions, const char *path);

/** Close it; fine on functions that are all zeroes. */
void functions_close(struct functions *functions);

/** Find the function that an address, as linked, is in; false where that is not known. */
bool functions_find(const struct functions *functions, uint64_t address,
                    struct function_range *range);

/** The same of one that begins at an address, where nothing tells its end, as in assembler:
 * it ends at most where the next one begins. */
bool functions_guess(const struct functions *functions, uint64_t address,
                     struct function_range *range);

/** The linker's name of the function that an address is in; NULL where it has none. */
const char *functions_name(const struct functions *functions, uint64_t address);

/** Where .eh_frame has the description of a function that an address is in, as linked, and
 * the function; 0 where there is none. */
uint64_t functions_description(const struct functions *functions, uint64_t address,
                               struct function_range *range);

#endif
