// SPDX-License-Identifier: MIT
#include "runner/code/inlining.h"

#include "runner/code/die.h"
#include "runner/util/fault_guard.h"

#include <dwarf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

/** How deep DIEs are followed, and how many: about half a second. */
#define DEPTH_MAX 64
#define DIES_MAX  2000000

struct search {
    const char *path;
    inlining_visit *visit;
    void *context;
    Dwarf *dwarf;
    unsigned dies;
};

/** Go through what is in a DIE, which is part of the code that begins there. */
static void descend(struct search *search, Dwarf_Die *outer,
                    const struct inlining_call *into, unsigned depth) {
    Dwarf_Die die;
    int more = depth < DEPTH_MAX ? dwarf_child(outer, &die) : 1;
    for (; more == 0 && search->dies < DIES_MAX; more = dwarf_siblingof(&die, &die)) {
        int tag = dwarf_tag(&die);
        Dwarf_Addr entry = tag == DW_TAG_subprogram ? die_entry(&die) : 0;
        search->dies++;
        if (entry) {
            struct inlining_call inner = {.into = entry,
                                          .into_name = dwarf_diename(&die)};
            descend(search, &die, &inner, depth + 1);
        } else if (tag == DW_TAG_inlined_subroutine) {
            struct inlining_call call = *into;
            call.name = dwarf_diename(&die);
            call.linkage = die_linkage(&die);
            search->visit(search->context, &call);
            descend(search, &die, into, depth + 1);
        } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
                   tag == DW_TAG_class_type || tag == DW_TAG_structure_type) {
            descend(search, &die, into, depth + 1);
        }
    }
}

static void list(void *context) {
    struct search *search = context;
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    dwarf_new_oom_handler(search->dwarf, fault_guard_leave);
    while (search->dies < DIES_MAX &&
           dwarf_get_units(search->dwarf, unit, &unit, NULL, NULL, &die, NULL) == 0) {
        descend(search, &die, &(struct inlining_call){.into = 0}, 0);
    }
}

void inlining_list(const char *path, inlining_visit *visit, void *context) {
    struct search search = {.path = path, .visit = visit, .context = context};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    search.dwarf = fd >= 0 ? dwarf_begin(fd, DWARF_C_READ) : NULL;
    // One that has crashed over the file is left where it lies.
    if (search.dwarf && fault_guard_call(list, &search)) {
        dwarf_end(search.dwarf);
    }
    if (fd >= 0) {
        close(fd);
    }
}
