// SPDX-License-Identifier: MIT
#include "runner/code/symbolindex.h"

#include <stdlib.h>

struct symbolindex_entry {
    const char *name;
    Dwarf_Addr start;
    /** 0 = a label, from assembly. */
    Dwarf_Addr size;
    /** How far this symbol and those in front of it reach. */
    Dwarf_Addr reach;
    /** More is better: others' names are better known than a file's own. */
    int binding;
    /** Where it stands in the file's table. */
    int number;
};

/** How well known a symbol is. */
static int binding_of(const GElf_Sym *symbol) {
    switch (GELF_ST_BIND(symbol->st_info)) {
    case STB_LOCAL:
        return 0;
    case STB_WEAK:
        return 1;
    default:
        return 2;
    }
}

/** Whether a symbol may be the name of code. */
static bool names_code(const GElf_Sym *symbol, const char *name) {
    int type = GELF_ST_TYPE(symbol->st_info);
    return name && name[0] && symbol->st_shndx != SHN_UNDEF && type != STT_SECTION &&
           type != STT_FILE && type != STT_TLS;
}

/** By address; of equal ones the best last: a symbol with a size, the better known one, the
 * smaller one, the first one. */
static int by_address(const void *a, const void *b) {
    const struct symbolindex_entry *one = a, *other = b;
    if (one->start != other->start) {
        return one->start < other->start ? -1 : 1;
    }
    if ((one->size == 0) != (other->size == 0)) {
        return one->size == 0 ? -1 : 1;
    }
    if (one->binding != other->binding) {
        return one->binding < other->binding ? -1 : 1;
    }
    if (one->size != other->size) {
        return one->size > other->size ? -1 : 1;
    }
    return one->number > other->number ? -1 : 1;
}

void symbolindex_read(struct symbolindex *index, Dwfl_Module *module) {
    int count = dwfl_module_getsymtab(module);
    index->list = count > 0 ? calloc((size_t)count, sizeof(index->list[0])) : NULL;
    for (int i = 1; index->list && i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, NULL, NULL, NULL);
        if (names_code(&symbol, name)) {
            index->list[index->count++] = (struct symbolindex_entry){
                .name = name,
                .start = address,
                .size = symbol.st_size,
                .binding = binding_of(&symbol),
                .number = i,
            };
        }
    }
    if (index->list) {
        qsort(index->list, index->count, sizeof(index->list[0]), by_address);
    }
    Dwarf_Addr reach = 0;
    for (size_t i = 0; i < index->count; i++) {
        Dwarf_Addr end = index->list[i].start + index->list[i].size;
        reach = end > reach ? end : reach;
        index->list[i].reach = reach;
    }
}

/** How many begin at an address or in front of it. */
static size_t count_begun(const struct symbolindex *index, Dwarf_Addr address) {
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->list[middle].start <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/** Whether two addresses are in one section. */
static bool share_section(Dwfl_Module *module, Dwarf_Addr one, Dwarf_Addr other) {
    Dwarf_Addr bias;
    Elf_Scn *section = dwfl_module_address_section(module, &one, &bias);
    return section && section == dwfl_module_address_section(module, &other, &bias);
}

const char *symbolindex_find(const struct symbolindex *index, Dwfl_Module *module,
                             Dwarf_Addr address, Dwarf_Addr *start) {
    const struct symbolindex_entry *best = NULL;
    size_t begun = count_begun(index, address);
    for (size_t i = begun; i > 0 && index->list[i - 1].reach > address; i--) {
        const struct symbolindex_entry *entry = &index->list[i - 1];
        if (address - entry->start < entry->size &&
            (!best || entry->binding > best->binding)) {
            best = entry;
        }
    }
    const struct symbolindex_entry *last = begun > 0 ? &index->list[begun - 1] : NULL;
    if (!best && last && last->size == 0 && last->reach == last->start &&
        share_section(module, last->start, address)) {
        best = last;
    }
    *start = best ? best->start : 0;
    return best ? best->name : NULL;
}

void symbolindex_destroy(struct symbolindex *index) {
    free(index->list);
    *index = (struct symbolindex){0};
}
