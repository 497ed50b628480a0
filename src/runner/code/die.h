// SPDX-License-Identifier: MIT
/** Questions about one DIE of a function. To be asked behind the guard, see fault_guard.h. */
#ifndef MF_RUNNER_CODE_DIE_H
#define MF_RUNNER_CODE_DIE_H

#include <dwarf.h>
#include <elfutils/libdw.h>

/** Where a function begins; 0 = nowhere. One with a part that is seldom run, elsewhere, has
 * ranges, of which the first begins there. */
static inline Dwarf_Addr die_entry(Dwarf_Die *function) {
    Dwarf_Addr entry, base, end;
    if (dwarf_entrypc(function, &entry) == 0 ||
        dwarf_ranges(function, 0, &base, &entry, &end) > 0) {
        return entry;
    }
    return 0;
}

/** Its name for the linker; NULL = none of its own. */
static inline const char *die_linkage(Dwarf_Die *function) {
    Dwarf_Attribute memory;
    Dwarf_Attribute *name = dwarf_attr_integrate(function, DW_AT_linkage_name, &memory);
    if (!name) {
        name = dwarf_attr_integrate(function, DW_AT_MIPS_linkage_name, &memory);
    }
    return name ? dwarf_formstring(name) : NULL;
}

#endif
