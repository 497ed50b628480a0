// SPDX-License-Identifier: MIT
/**
 * The symbols that libdwfl knows of a file, from its debug file too, by address.
 *
 * As dwfl_module_addrinfo(), which goes through all of them for each address; here they are
 * sorted once. To be called behind the guard, see fault_guard.h.
 */
#ifndef MF_RUNNER_CODE_SYMBOLINDEX_H
#define MF_RUNNER_CODE_SYMBOLINDEX_H

#include <elfutils/libdwfl.h>
#include <stddef.h>

struct symbolindex_entry;

/** All zeroes is one that is to be read. */
struct symbolindex {
    struct symbolindex_entry *list;
    size_t count;
};

/** Read a module's symbols; those that do not fit into memory are left out. */
void symbolindex_read(struct symbolindex *index, Dwfl_Module *module);

/**
 * Find the symbol that holds an address; where none does, the label in front of it in the
 * same section.
 *
 * @address
 *         As libdwfl has it.
 * @start
 *         Set to where it begins.
 * @return
 *         Its name, which is libdwfl's; NULL if there is none.
 */
const char *symbolindex_find(const struct symbolindex *index, Dwfl_Module *module,
                             Dwarf_Addr address, Dwarf_Addr *start);

/** Release it. */
void symbolindex_destroy(struct symbolindex *index);

#endif
