// SPDX-License-Identifier: MIT
// The unwinder of a compiler that was made for glibc asks the loader by this function for
// the module that an address lies in. Here it is for a C library that has no such thing;
// built only where the link needs it.
#include <link.h>
#include <stddef.h>

/** What it fills in: glibc's layout. The unwinder looks at the last member only. */
struct dl_find_object {
    unsigned long long flags;
    void *start, *end;
    struct link_map *map;
    /** The module's PT_GNU_EH_FRAME. */
    void *frames;
    unsigned long long reserved[7];
};

struct search {
    uintptr_t address;
    struct dl_find_object *found;
};

static int visit(struct dl_phdr_info *module, size_t size, void *context) {
    (void)size;
    struct search *search = context;
    void *frames = NULL;
    int inside = 0;
    for (unsigned i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &module->dlpi_phdr[i];
        uintptr_t start = module->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && search->address - start < segment->p_memsz) {
            inside = 1;
        } else if (segment->p_type == PT_GNU_EH_FRAME) {
            frames = (void *)start;
        }
    }
    search->found->frames = frames;
    return inside;
}

/** 0 where a module was found that has a description of its frames, -1 where not. */
int _dl_find_object(void *address, struct dl_find_object *found);

int _dl_find_object(void *address, struct dl_find_object *found) {
    struct search search = {(uintptr_t)address, found};
    return dl_iterate_phdr(visit, &search) && found->frames ? 0 : -1;
}
