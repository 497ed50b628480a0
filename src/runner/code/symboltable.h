// SPDX-License-Identifier: MIT
/** The functions in a file's own symbol tables, by address. */
#ifndef MF_RUNNER_CODE_SYMBOLTABLE_H
#define MF_RUNNER_CODE_SYMBOLTABLE_H

#include "runner/code/elffile.h"

struct symboltable {
    struct elffile_symbol *list;
    size_t count, room;
};

/** Read them; those that do not fit into memory are left out. Names live as long as the file. */
void symboltable_read(struct symboltable *table, const struct elffile *file);

/** Release the table. */
void symboltable_destroy(struct symboltable *table);

/** The function that holds an address, as linked; NULL if there is none. Of two names
 * it is the one for others' use, then the plainer one. */
const struct elffile_symbol *symboltable_find(const struct symboltable *table,
                                              uint64_t address);

/** Of the names that are as good as the one found, the one the source has, if it is among
 * them. */
const struct elffile_symbol *symboltable_prefer(const struct symboltable *table,
                                                const struct elffile_symbol *symbol,
                                                const char *name);

#endif
