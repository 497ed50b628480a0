// SPDX-License-Identifier: MIT
#include "preload/patch/linkage.h"

#include "preload/base/next.h"
#include "preload/base/state.h"
#include "preload/base/sys.h"
#include "preload/patch/later.h"
#include "relocations.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/** The first of the ways in; see machine/.../named.h. */
extern const char mf_named_ways[] __attribute__((visibility("hidden")));

/** What a library calls that finds the C library's functions before ours: those that ours take
 * the place of. */
static const char *const taken[] = {
    "malloc",         "calloc",        "realloc",
    "reallocarray",   "free",          "malloc_usable_size",
    "posix_memalign", "aligned_alloc", "memalign",
    "valloc",         "pvalloc",       "mmap",
    "mmap64",         "mremap",        "brk",
    "sbrk",           "madvise",       "dlopen",
    "dlmopen",        "dlclose",       "prctl",
    "ptrace",         "execve",        "execv",
    "execvp",         "execvpe",       "execl",
    "execlp",         "execle",        "fexecve",
    "posix_spawn",    "posix_spawnp",
};

/** What a sanitizer's run-time has of functions that allocate deep inside; and whether only
 * AddressSanitizer's does: that of others comes to malloc. */
static const struct {
    const char *name;
    bool of_address;
} copiers[MF_COPIERS] = {
    [MF_COPIER_STRDUP] = {"strdup", true},
    [MF_COPIER_INTERNAL_STRDUP] = {"__strdup", true},
    [MF_COPIER_STRNDUP] = {"strndup", false},
    [MF_COPIER_REALPATH] = {"realpath", false},
};

/** Where such a library finds one, and what the others find. */
struct pair {
    void *original, *ours;
};

static struct {
    /** A symbol is asked for where it has an original. */
    void *originals[MF_RESOURCE_SYMBOLS_MAX];
    /** Its function. */
    uint8_t functions[MF_RESOURCE_SYMBOLS_MAX];
    /** The symbols in the order of their names. */
    uint8_t sorted[MF_RESOURCE_SYMBOLS_MAX];
    unsigned count;
    /** Those of the sanitizer; NULL = it has none, or comes to malloc. */
    void *copiers[MF_COPIERS];
    bool copies;
    /** The C library's part for threads, where it is a file of its own; with no segments where
     * it is not. */
    struct dl_phdr_info threads;
} mf_linkage;

/** A module's tables. */
struct module {
    const struct dl_phdr_info *info;
    const ElfW(Sym) * symbols;
    const char *names;
    /** Those of functions that are called, and all others; in bytes. */
    const ElfW(Rela) * relocations[2];
    size_t sizes[2];
    /** What is closed for writing once it is relocated; as whole pages. */
    uintptr_t closed, closed_end;
    bool open;
    /** Whether it says where libraries are that it loads. */
    bool has_path;
    /** By the index in `taken`; NULL = those are not looked for. */
    const struct pair *pairs;
};

/** Our own functions are nobody's next ones: how names of modules begin that keep theirs. A
 * C library's parts call each other inside, and a sanitizer's run-time is no part of the
 * program. */
static const char *const kept[] = {
    "ld-",      "ld.so",     "libc.so",      "libc.musl", "libpthread.",
    "libdl.",   "librt.",    "libasan",      "libtsan",   "liblsan.",
    "libubsan", "libhwasan", "libclang_rt.", "linux-",
};

/** Whether a module's name begins so. */
static bool begins_with(const struct dl_phdr_info *info, const char *beginning) {
    const char *path = info->dlpi_name ? info->dlpi_name : "";
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, beginning, strlen(beginning)) == 0;
}

static bool is_kept(const struct dl_phdr_info *info) {
    for (size_t i = 0; i < COUNT(kept); i++) {
        if (begins_with(info, kept[i])) {
            return true;
        }
    }
    return false;
}

/** Whether an address is in a module. */
static bool holds(const struct dl_phdr_info *info, uintptr_t address) {
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_LOAD && address >= start &&
            address - start < header->p_memsz) {
            return true;
        }
    }
    return false;
}

/** An address in a module's dynamic section: not every loader has relocated it. */
static const void *address_in(const struct dl_phdr_info *info, ElfW(Addr) address) {
    return (const void *)(address < info->dlpi_addr ? info->dlpi_addr + address
                                                    : address);
}

static void read_dynamic(struct module *module, const ElfW(Dyn) * entry) {
    const struct dl_phdr_info *info = module->info;
    for (; entry->d_tag != DT_NULL; entry++) {
        switch (entry->d_tag) {
        case DT_SYMTAB:
            module->symbols = address_in(info, entry->d_un.d_ptr);
            break;
        case DT_STRTAB:
            module->names = address_in(info, entry->d_un.d_ptr);
            break;
        case DT_JMPREL:
            module->relocations[0] = address_in(info, entry->d_un.d_ptr);
            break;
        case DT_PLTRELSZ:
            module->sizes[0] = entry->d_un.d_val;
            break;
        case DT_RELA:
            module->relocations[1] = address_in(info, entry->d_un.d_ptr);
            break;
        case DT_RELASZ:
            module->sizes[1] = entry->d_un.d_val;
            break;
        case DT_RPATH:
        case DT_RUNPATH:
            module->has_path = true;
            break;
        }
    }
}

static void read_headers(struct module *module) {
    const struct dl_phdr_info *info = module->info;
    uintptr_t page = getauxval(AT_PAGESZ);
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_DYNAMIC) {
            read_dynamic(module, (const ElfW(Dyn) *)start);
        } else if (header->p_type == PT_GNU_RELRO) {
            module->closed = start & ~(page - 1);
            module->closed_end = (start + header->p_memsz) & ~(page - 1);
        }
    }
}

/** The symbol with a name that is asked for; count = none. */
static unsigned find_symbol(const char *name) {
    unsigned low = 0, high = mf_linkage.count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        unsigned symbol = mf_linkage.sorted[middle];
        int order = strcmp(mf_resource_symbol_at(symbol).name, name);
        if (order == 0) {
            return mf_linkage.originals[symbol] ? symbol : mf_linkage.count;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return mf_linkage.count;
}

/** What is to stand in place of a symbol's address, and what stands there; NULL = it is to
 * stay. */
static void *replacement(const struct module *module, const char *name, void **original) {
    for (unsigned i = 0; module->pairs && i < COUNT(taken); i++) {
        if (strcmp(taken[i], name) == 0) {
            *original = module->pairs[i].original;
            return module->pairs[i].ours;
        }
    }
    for (unsigned i = 0; mf_linkage.copies && i < MF_COPIERS; i++) {
        if (strcmp(copiers[i].name, name) == 0) {
            *original = mf_linkage.copiers[i];
            return mf_patch_copiers[i];
        }
    }
    unsigned symbol = find_symbol(name);
    if (symbol == mf_linkage.count) {
        return NULL;
    }
    *original = mf_linkage.originals[symbol];
    return (void *)(uintptr_t)(mf_named_ways + symbol * MF_LINKAGE_WAY);
}

static bool is_closed(const struct module *module, uintptr_t address) {
    return address >= module->closed && address < module->closed_end;
}

static bool protect(const struct module *module, int protection) {
    return mf_sys_protect((void *)module->closed, module->closed_end - module->closed,
                          protection) == 0;
}

/** Find the function itself if its address is that of an entry in the program's procedure
 * linkage table, as in a program at a fixed address that takes it. That entry jumps to whatever
 * the relocation below is replaced by, so it must not be called as the original. */
static void pass_program(const struct module *module, const ElfW(Sym) * symbol) {
    const char *name = module->names + symbol->st_name;
    uintptr_t address = module->info->dlpi_addr + symbol->st_value;
    unsigned at = symbol->st_shndx == SHN_UNDEF && symbol->st_value ? find_symbol(name)
                                                                    : mf_linkage.count;
    if (at < mf_linkage.count && address == (uintptr_t)mf_linkage.originals[at]) {
        mf_linkage.originals[at] = dlsym(RTLD_NEXT, name);
    }
}

/** Whether an address that a relocation has written is that of a function, or leads there.
 * Before glibc 2.34, libpthread has a fork(), fcntl() and system() of its own for programs that
 * were linked with it. They only call the C library's, and dlsym() does not find them. */
static bool leads_to(uintptr_t address, uintptr_t original) {
    return address == original ||
           (holds(&mf_linkage.threads, address) && !holds(&mf_linkage.threads, original));
}

/** Replace the address that one relocation has written. */
static void replace(struct module *module, const ElfW(Rela) * relocation, unsigned type) {
    const ElfW(Sym) *symbol = &module->symbols[ELF64_R_SYM(relocation->r_info)];
    void **slot = (void **)(module->info->dlpi_addr + relocation->r_offset);
    void *original = NULL;
    pass_program(module, symbol);
    void *ours = replacement(module, module->names + symbol->st_name, &original);
    // One that is looked up when it is first called still leads into its own module. What
    // leads elsewhere is not relocated, or is another version, or another one's function.
    bool fits =
        original && (leads_to((uintptr_t)*slot, (uintptr_t)original) ||
                     (type == MF_LINKAGE_LAZY && holds(module->info, (uintptr_t)*slot)));
    if (!ours || !fits) {
        return;
    }
    if (is_closed(module, (uintptr_t)slot) && !module->open) {
        module->open = protect(module, PROT_READ | PROT_WRITE);
        if (!module->open) {
            return;
        }
    }
    __atomic_store_n(slot, ours, __ATOMIC_RELAXED);
}

static int visit(struct dl_phdr_info *info, size_t size, void *context) {
    struct module module = {.info = info, .pairs = context};
    (void)size;
    if (is_kept(info) || holds(info, (uintptr_t)visit) ||
        holds(info, (uintptr_t)mf_hot.next.brk)) {
        return 0;
    }
    read_headers(&module);
    for (unsigned t = 0; module.symbols && module.names && t < 2; t++) {
        size_t count = module.relocations[t] ? module.sizes[t] / sizeof(ElfW(Rela)) : 0;
        for (size_t i = 0; i < count; i++) {
            const ElfW(Rela) *relocation = &module.relocations[t][i];
            unsigned type = ELF64_R_TYPE(relocation->r_info);
            if ((type == MF_LINKAGE_LAZY || type == MF_LINKAGE_GLOBAL ||
                 (type == MF_LINKAGE_ADDRESS && relocation->r_addend == 0)) &&
                ELF64_R_SYM(relocation->r_info) != 0) {
                replace(&module, relocation, type);
            }
        }
    }
    if (module.open) {
        protect(&module, PROT_READ);
    }
    return 0;
}

static int visit_threads(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size, (void)context;
    bool found = begins_with(info, "libpthread");
    if (found) {
        mf_linkage.threads = *info;
    }
    return found;
}

/** Put the symbols into the order of their names. */
static void sort(void) {
    for (unsigned i = 0; mf_resource_symbol_at(i).name[0]; i++) {
        struct mf_resource_symbol symbol = mf_resource_symbol_at(i);
        unsigned at = mf_linkage.count++;
        while (at > 0 && strcmp(mf_resource_symbol_at(mf_linkage.sorted[at - 1]).name,
                                symbol.name) > 0) {
            mf_linkage.sorted[at] = mf_linkage.sorted[at - 1];
            at--;
        }
        mf_linkage.sorted[at] = (uint8_t)i;
        mf_linkage.functions[i] = (uint8_t)mf_resource_function(symbol.resource);
    }
}

/** Two functions. */
struct two {
    uintptr_t first, second;
};

static int visit_both(struct dl_phdr_info *info, size_t size, void *context) {
    const struct two *two = context;
    (void)size;
    return holds(info, two->first) && holds(info, two->second) &&
           !holds(info, (uintptr_t)mf_hot.next.brk);
}

/** Find a function that the allocator behind ours has beside malloc, and the C library is not;
 * NULL = it has none. */
static void *find_beside(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    struct two two = {(uintptr_t)dlsym(RTLD_NEXT, "malloc"), (uintptr_t)found};
    return found && dl_iterate_phdr(visit_both, &two) ? found : NULL;
}

/** Find what a sanitizer has. Whoever has none is not asked for more: a look-up in vain
 * allocates, and an allocator inside the program may not be ready. */
static void find_copiers(void) {
    mf_linkage.copies = find_beside("strndup") != NULL;
    bool of_address = mf_linkage.copies && dlsym(RTLD_NEXT, "__asan_init");
    for (unsigned i = 0; mf_linkage.copies && i < MF_COPIERS; i++) {
        if (of_address || !copiers[i].of_address) {
            mf_linkage.copiers[i] = find_beside(copiers[i].name);
        }
    }
}

void mf_linkage_want(mf_functions functions) {
    if (MF_LINKAGE_WAY == 0) {
        return;
    }
    find_copiers();
    if (functions >> MF_RESOURCE) {
        sort();
    }
    for (unsigned i = 0; i < mf_linkage.count; i++) {
        unsigned function = mf_linkage.functions[i];
        if (function >= MF_RESOURCE && (functions & MF_FUNCTION_BIT(function))) {
            mf_linkage.originals[i] = dlsym(RTLD_DEFAULT, mf_resource_symbol_at(i).name);
        }
    }
}

bool mf_linkage_wanted(void) {
    return mf_linkage.count > 0 || mf_linkage.copies;
}

void mf_linkage_reach(void) {
    if (mf_linkage_wanted()) {
        dl_iterate_phdr(visit_threads, NULL);
        dl_iterate_phdr(visit, NULL);
    }
}

void *mf_linkage_copier(enum mf_copier which) {
    return mf_linkage.copiers[which];
}

uint64_t mf_linkage_bind(void *handle) {
    struct pair pairs[COUNT(taken)] = {{NULL, NULL}};
    void *its = dlsym(handle, taken[0]);
    if (its == dlsym(RTLD_DEFAULT, taken[0]) || mf_later_has_malloc(its)) {
        return 0;
    }
    // Of another allocator than the one behind ours only that one knows the blocks.
    if (MF_LINKAGE_WAY == 0 || its != dlsym(RTLD_NEXT, taken[0]) ||
        mf_patch_original((enum mf_entry)MF_MALLOC)) {
        return MF_APART_PAST;
    }
    for (unsigned i = 0; i < COUNT(taken); i++) {
        void *found = dlsym(handle, taken[i]);
        if (found && found == dlsym(RTLD_NEXT, taken[i])) {
            pairs[i] = (struct pair){found, dlsym(RTLD_DEFAULT, taken[i])};
        }
    }
    dl_iterate_phdr(visit, pairs);
    return MF_APART_BOUND;
}

/** A place whose module is looked for. */
struct place {
    uintptr_t address;
    bool has_path;
};

static int visit_place(struct dl_phdr_info *info, size_t size, void *context) {
    struct place *place = context;
    struct module module = {.info = info};
    bool found = holds(info, place->address);
    (void)size;
    if (found) {
        read_headers(&module);
        place->has_path = module.has_path;
    }
    return found;
}

bool mf_linkage_has_path(const void *code) {
    struct place place = {(uintptr_t)code, false};
    dl_iterate_phdr(visit_place, &place);
    return place.has_path;
}

void *mf_linkage_original(unsigned symbol, enum mf_function *function) {
    *function = (enum mf_function)mf_linkage.functions[symbol];
    return mf_linkage.originals[symbol];
}
