// SPDX-License-Identifier: MIT
#include "runner/patch/patches.h"

#include "runner/code/functions.h"
#include "runner/patch/relocate.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/** How often in a row a function may only jump to another one. */
#define LEADS_MAX 8

enum use {
    /** Calls of it come to us. */
    PATCHED,
    /** So they do, unless it has its memory from another one that is patched. */
    PATCHED_ALONE,
    /** It is only called by us. */
    CALLED,
};

static const struct {
    const char *name;
    enum use use;
} entries[MF_ENTRY_COUNT] = {
    [MF_MALLOC] = {"malloc", PATCHED},
    [MF_CALLOC] = {"calloc", PATCHED},
    [MF_REALLOC] = {"realloc", PATCHED},
    [MF_REALLOCARRAY] = {"reallocarray", PATCHED},
    [MF_POSIX_MEMALIGN] = {"posix_memalign", PATCHED},
    [MF_ALIGNED_ALLOC] = {"aligned_alloc", PATCHED},
    [MF_MEMALIGN] = {"memalign", PATCHED},
    [MF_VALLOC] = {"valloc", PATCHED},
    [MF_PVALLOC] = {"pvalloc", PATCHED},
    [MF_ENTRY_FREE] = {"free", PATCHED},
    [MF_ENTRY_USABLE_SIZE] = {"malloc_usable_size", CALLED},
    [MF_ENTRY_NEW] = {"_Znwm", PATCHED_ALONE},
    [MF_ENTRY_NEW_ARRAY] = {"_Znam", PATCHED_ALONE},
    [MF_ENTRY_NEW_NOTHROW] = {"_ZnwmRKSt9nothrow_t", PATCHED_ALONE},
    [MF_ENTRY_NEW_ARRAY_NOTHROW] = {"_ZnamRKSt9nothrow_t", PATCHED_ALONE},
    [MF_ENTRY_NEW_ALIGNED] = {"_ZnwmSt11align_val_t", PATCHED_ALONE},
    [MF_ENTRY_NEW_ARRAY_ALIGNED] = {"_ZnamSt11align_val_t", PATCHED_ALONE},
    [MF_ENTRY_NEW_ALIGNED_NOTHROW] = {"_ZnwmSt11align_val_tRKSt9nothrow_t",
                                      PATCHED_ALONE},
    [MF_ENTRY_NEW_ARRAY_ALIGNED_NOTHROW] = {"_ZnamSt11align_val_tRKSt9nothrow_t",
                                            PATCHED_ALONE},
    [MF_ENTRY_THROW_BAD_ALLOC] = {"_ZSt17__throw_bad_allocv", CALLED},
    [MF_ENTRY_GET_NEW_HANDLER] = {"_ZSt15get_new_handlerv", CALLED},
};

/** The search in one file. */
struct search {
    struct mf_patches *patches;
    struct patches_fault *faults;
    int fault_count;
    struct functions functions;
    const struct relocate_machine *machine;
    struct microcodes *codes;
    /** Where the functions begin; 0 = they are not there. */
    uint64_t found[MF_ENTRY_COUNT];
};

static bool visit(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    for (unsigned i = 0; i < MF_ENTRY_COUNT; i++) {
        bool fits = symbol->exported || (symbol->function && entries[i].use == CALLED &&
                                         i != MF_ENTRY_USABLE_SIZE);
        if (fits && !search->found[i] && strcmp(symbol->name, entries[i].name) == 0) {
            search->found[i] = symbol->address;
        }
    }
    return true;
}

/** Read a function from an address on; NULL, or why that cannot be. */
static const char *read_code(const struct search *search, uint64_t address,
                             struct relocate_code *code) {
    struct function_range range;
    if (!functions_find(&search->functions, address, &range) || range.high <= address) {
        return "its end is not known";
    }
    *code = (struct relocate_code){
        .codes = search->codes,
        .length = range.high - address,
        .address = address,
        .bytes = elffile_bytes(search->functions.file, address, range.high - address),
    };
    return code->bytes ? NULL : "its code is not in the file";
}

/** Pass over an instruction that does nothing but allow jumps. */
static void pass_landing(const struct search *search, struct relocate_code *code) {
    size_t length = sizeof(search->machine->landing);
    if (code->length > length &&
        memcmp(code->bytes, search->machine->landing, length) == 0) {
        code->bytes += length;
        code->length -= length;
        code->address += length;
    }
}

/** Read the code behind a name: where it only jumps to another function, that one's. */
static const char *follow(const struct search *search, uint64_t address,
                          struct relocate_code *code) {
    for (int i = 0; i < LEADS_MAX; i++) {
        struct microcode insn;
        const char *fault = read_code(search, address, code);
        if (fault) {
            return fault;
        }
        pass_landing(search, code);
        if (!microcodes_read(search->codes, code->bytes, code->length, code->address,
                             &insn)) {
            return "its first instructions cannot be read";
        }
        if (insn.kind != MICROCODE_JUMP || !insn.target) {
            return NULL;
        }
        address = insn.target;
    }
    return "it leads to too many others";
}

/** Whether code calls a function that is patched already, or leads to it. */
static bool uses_patched(const struct search *search, const struct relocate_code *code) {
    size_t at = 0;
    struct microcode insn;
    while (at < code->length &&
           microcodes_read(search->codes, code->bytes + at, code->length - at,
                           code->address + at, &insn)) {
        for (unsigned i = 0; i < MF_MMAP; i++) {
            bool goes = insn.kind == MICROCODE_CALL || insn.kind == MICROCODE_JUMP;
            if (goes && insn.target && insn.target == search->found[i]) {
                return true;
            }
        }
        at += insn.length;
    }
    return false;
}

static bool is_patched(const struct mf_patches *patches, uint64_t address) {
    for (uint32_t i = 0; i < patches->count; i++) {
        if (patches->list[i].taken && patches->list[i].address == address) {
            return true;
        }
    }
    return false;
}

/** Work out one patch; NULL, or why that cannot be. */
static const char *patch_entry(struct search *search, enum mf_entry entry) {
    struct relocate_code code;
    struct mf_patch patch = {.entry = entry};
    const char *fault = follow(search, search->found[entry], &code);
    if (fault) {
        return fault;
    }
    if (is_patched(search->patches, code.address) ||
        (entries[entry].use == PATCHED_ALONE && uses_patched(search, &code))) {
        return NULL;
    }
    patch.address = code.address;
    fault = search->machine->copy(&code, &patch);
    if (!fault) {
        fault = relocate_check_targets(&code, code.address, code.address + patch.taken);
    }
    if (!fault) {
        memcpy(patch.before, code.bytes, patch.taken);
        search->patches->list[search->patches->count++] = patch;
    }
    return fault;
}

static void add(struct search *search, enum mf_entry entry) {
    const char *fault = NULL;
    if (entries[entry].use != CALLED) {
        fault = patch_entry(search, entry);
    } else {
        search->patches->list[search->patches->count++] =
            (struct mf_patch){.entry = entry, .address = search->found[entry]};
    }
    if (fault) {
        search->faults[search->fault_count++] =
            (struct patches_fault){entries[entry].name, fault};
    }
}

/** Why nothing at all can be patched; NULL = something can. */
static const char *begin(struct search *search) {
    unsigned machine = elffile_machine(search->functions.file);
    search->machine = relocate_machine(machine);
    if (!search->machine) {
        return "this machine's code is not known";
    }
    search->codes = microcodes_new(machine);
    if (!search->codes) {
        return "machine code is read by libcapstone, which is not there";
    }
    elffile_symbols(search->functions.file, visit, search);
    return search->found[MF_MALLOC] ? NULL : "it is not exported";
}

/** Work out all patches. */
static void find(struct search *search) {
    const char *fault = begin(search);
    if (fault) {
        search->faults[search->fault_count++] = (struct patches_fault){"malloc", fault};
        return;
    }
    search->patches->low = search->functions.base;
    search->patches->high = elffile_end(search->functions.file);
    for (unsigned i = 0; i < MF_ENTRY_COUNT; i++) {
        if (search->found[i]) {
            add(search, (enum mf_entry)i);
        }
    }
    if (!patches_have(search->patches, (enum mf_entry)MF_MALLOC)) {
        search->patches->count = 0;
    }
}

int patches_find(struct mf_patches *patches, const char *path,
                 struct patches_fault faults[MF_ENTRY_COUNT]) {
    struct stat status;
    struct search search = {.patches = patches, .faults = faults};
    *patches = (struct mf_patches){0};
    if (stat(path, &status) != 0) {
        return -1;
    }
    patches->device = status.st_dev;
    patches->inode = status.st_ino;
    functions_open_path(&search.functions, path);
    if (!search.functions.file) {
        return -1;
    }
    find(&search);
    microcodes_free(search.codes);
    functions_close(&search.functions);
    return search.fault_count;
}

bool patches_have(const struct mf_patches *patches, enum mf_entry entry) {
    for (uint32_t i = 0; i < patches->count; i++) {
        if (patches->list[i].entry == entry && patches->list[i].taken) {
            return true;
        }
    }
    return false;
}
