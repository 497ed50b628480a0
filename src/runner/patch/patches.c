// SPDX-License-Identifier: MIT
#include "runner/patch/patches.h"

#include "runner/code/functions.h"
#include "runner/patch/reach.h"
#include "runner/patch/relocate.h"
#include "runner/patch/wantedname.h"

#include <string.h>
#include <sys/stat.h>

/** How often in a row a function may only jump to another one. */
#define LEADS_MAX 8

/** How long a function is taken to be that is told by its address, in a file that says nothing
 * of its functions. */
#define TOLD_LENGTH 64

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
} entries[MF_ENTRY_NAMED] = {
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
    [MF_ENTRY_USABLE_SIZE] = {"malloc_usable_size", PATCHED},
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
    struct patches *result;
    struct mf_patches *patches;
    struct functions functions;
    const struct relocate_machine *machine;
    struct microcodes *codes;
    /** Where the functions begin; 0 = they are not there. */
    uint64_t found[MF_ENTRY_NAMED];
    /** Which of the files it is. */
    uint32_t file;
    /** Whether it is linked statically: nothing is exported then. */
    bool closed;
    /** An address that is said to be a function's; 0 = none. */
    uint64_t told;
};

static bool visit(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    for (unsigned i = 0; i < MF_ENTRY_NAMED; i++) {
        // Of C++'s the program can have its own, which it keeps to itself.
        bool fits = symbol->exported ||
                    (symbol->function && (search->closed || i >= MF_ENTRY_NEW));
        bool better = !search->found[i] || (search->closed && symbol->global);
        if (fits && !symbol->chosen && better &&
            strcmp(symbol->name, entries[i].name) == 0) {
            search->found[i] = symbol->address;
        }
    }
    return true;
}

/** How many bytes behind a function only fill the gap to the next one, up to a jump's. */
static size_t count_padding(const struct search *search, uint64_t end) {
    struct function_range next;
    size_t count = 0;
    while (count < search->machine->jump &&
           !functions_find(&search->functions, end + count, &next)) {
        count++;
    }
    const unsigned char *bytes =
        count > 0 ? elffile_bytes(search->functions.file, end, count) : NULL;
    return bytes && relocate_is_padding(bytes, count) ? count : 0;
}

/** Read a function from an address on; NULL, or why that cannot be. */
static const char *read_code(const struct search *search, uint64_t address,
                             struct relocate_code *code) {
    struct function_range range = {0, 0};
    if (!functions_find(&search->functions, address, &range) &&
        !functions_guess(&search->functions, address, &range) &&
        address == search->told) {
        range.high = address + TOLD_LENGTH;
    }
    if (range.high <= address) {
        return "its end is not known";
    }
    size_t length = range.high - address;
    *code = (struct relocate_code){
        .codes = search->codes,
        .length = length,
        .padding = count_padding(search, range.high),
        .address = address,
    };
    code->bytes = elffile_bytes(search->functions.file, address, length + code->padding);
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

/** The patch of the function that an address is the beginning of; NULL = none. */
static const struct mf_patch *patch_at(const struct search *search, uint64_t address) {
    const size_t landing = sizeof(search->machine->landing);
    for (uint32_t i = 0; i < search->patches->count; i++) {
        const struct mf_patch *patch = &search->patches->list[i];
        uint64_t start =
            patch->entry < MF_ENTRY_NAMED ? search->found[patch->entry] : patch->address;
        if (patch->taken && patch->file == search->file &&
            (address == start || address == patch->address ||
             address == patch->address - landing)) {
            return patch;
        }
    }
    return NULL;
}

/** See to a call or a jump from one patched function to another. */
typedef void inner_function(struct search *search, uint64_t address,
                            const struct microcode *insn, enum mf_entry entry);

/** Find the calls and jumps of a function's that lead to patched ones; how many. */
static size_t find_inner(struct search *search, const struct relocate_code *code,
                         size_t at, inner_function *see) {
    size_t count = 0;
    struct microcode insn;
    while (at < code->length &&
           microcodes_read(search->codes, code->bytes + at, code->length - at,
                           code->address + at, &insn)) {
        const struct mf_patch *to = insn.target ? patch_at(search, insn.target) : NULL;
        if (to && to->address != code->address) {
            see(search, code->address + at, &insn, (enum mf_entry)to->entry);
            count++;
        }
        at += insn.length;
    }
    return count;
}

static void see_nothing(struct search *search, uint64_t address,
                        const struct microcode *insn, enum mf_entry entry) {
    (void)search;
    (void)address;
    (void)insn;
    (void)entry;
}

/** Lead a call past the jump. */
static void lead_past(struct search *search, uint64_t address,
                      const struct microcode *insn, enum mf_entry entry) {
    struct mf_patches *patches = search->patches;
    int distance = search->machine->distance(insn->length);
    if (distance >= 0 && patches->inner_count < MF_PATCH_INNER_MAX) {
        patches->inner[patches->inner_count++] = (struct mf_patch_inner){
            .address = address + (uint64_t)distance, .entry = entry};
    }
}

/** Have the functions call each other without being asked: what the program calls is
 * one allocation. */
static void lead_all_past(struct search *search) {
    for (uint32_t i = 0; i < search->patches->count; i++) {
        struct mf_patch *patch = &search->patches->list[i];
        struct relocate_code code;
        if (!patch->taken || read_code(search, patch->address, &code)) {
            continue;
        }
        find_inner(search, &code, patch->taken, lead_past);
        for (unsigned k = 0; k < patch->fixes; k++) {
            const struct mf_patch *to = patch->fix[k].kind == MF_PATCH_NEAR
                                            ? patch_at(search, patch->fix[k].target)
                                            : NULL;
            if (to) {
                patch->fix[k].kind = MF_PATCH_ORIGINAL;
                patch->fix[k].target = to->entry;
            }
        }
    }
}

/** Add the patch of some code; NULL, or why that cannot be. */
static const char *patch_code(struct search *search, const struct relocate_code *from,
                              enum mf_entry entry, unsigned named) {
    struct relocate_code code = *from;
    struct mf_patch patch = {
        .entry = entry, .named = named, .file = search->file, .address = code.address};
    const char *fault = search->machine->copy(&code, &patch);
    if (!fault) {
        fault = relocate_check_targets(&code, code.address, code.address + patch.taken);
    }
    if (!fault) {
        memcpy(patch.before, code.bytes, patch.taken);
        search->patches->list[search->patches->count++] = patch;
    }
    return fault;
}

/** Work out one patch; NULL, or why that cannot be. */
static const char *patch_entry(struct search *search, enum mf_entry entry) {
    struct relocate_code code;
    const char *fault = follow(search, search->found[entry], &code);
    if (fault || patch_at(search, code.address) ||
        (entries[entry].use == PATCHED_ALONE &&
         find_inner(search, &code, 0, see_nothing) > 0)) {
        return fault;
    }
    return patch_code(search, &code, entry, 0);
}

/** Whether something throws std::bad_alloc for us: in the file, or a C++ library. */
static bool has_thrower(const struct search *search) {
    return search->found[MF_ENTRY_THROW_BAD_ALLOC] ||
           elffile_needs(search->functions.file, "libstdc++.so");
}

static void add_fault(struct search *search, const char *function, const char *reason) {
    search->result->faults[search->result->fault_count++] =
        (struct patches_fault){function, reason};
}

/** Whether a function only gets blocks back, or looks at them. */
static bool is_of_blocks(enum mf_entry entry) {
    return entry == MF_ENTRY_FREE || entry == MF_ENTRY_USABLE_SIZE;
}

static void add(struct search *search, enum mf_entry entry) {
    const char *fault = NULL;
    if (entries[entry].use == PATCHED_ALONE && !has_thrower(search)) {
        if (entry == MF_ENTRY_NEW) {
            add_fault(search, "operator new", "nothing there throws std::bad_alloc");
        }
        return;
    }
    if (entries[entry].use != CALLED) {
        fault = patch_entry(search, entry);
    }
    if (entries[entry].use == CALLED || (fault && is_of_blocks(entry))) {
        search->patches->list[search->patches->count++] =
            (struct mf_patch){.entry = entry, .address = search->found[entry]};
    }
    if (fault) {
        add_fault(search, entries[entry].name, fault);
    }
}

/** A function by name that is looked for. */
struct wanted {
    struct search *search;
    unsigned which;
    struct wantedname name;
    /** Whether the names are to be decoded. */
    bool decode;
    unsigned found, slots;
    const char *fault;
};

/** Patch a function of the name. */
static const char *patch_wanted(const struct wanted *wanted, uint64_t address) {
    struct search *search = wanted->search;
    struct relocate_code code;
    const char *fault = read_code(search, address, &code);
    if (!fault) {
        pass_landing(search, &code);
    }
    if (!fault && patch_at(search, code.address)) {
        return NULL;
    }
    if (!fault && search->result->named_used == MF_PATCH_NAMED_MAX) {
        fault = "there are too many functions of that name";
    }
    if (!fault) {
        fault = patch_code(search, &code,
                           (enum mf_entry)(MF_ENTRY_NAMED + search->result->named_used),
                           wanted->which);
        search->result->named_used += !fault;
    }
    return fault;
}

/** Patch the functions that the one at an address chooses from: those whose addresses it
 * computes. */
static const char *patch_choices(const struct wanted *wanted, uint64_t address) {
    struct search *search = wanted->search;
    struct relocate_code code;
    struct microcode insn;
    const char *fault = read_code(search, address, &code);
    bool any = false;
    for (size_t at = 0; !fault && at < code.length &&
                        microcodes_read(code.codes, code.bytes + at, code.length - at,
                                        code.address + at, &insn);
         at += insn.length) {
        int32_t distance = 0;
        if (insn.distance) {
            memcpy(&distance, code.bytes + at + insn.distance, sizeof(distance));
        }
        uint64_t choice = code.address + at + insn.length + (uint64_t)(int64_t)distance;
        const struct elffile_symbol *function =
            symboltable_find(&search->functions.symbols, choice);
        if (insn.distance && function && function->address == choice) {
            fault = patch_wanted(wanted, choice);
            any = true;
        }
    }
    return any || fault ? fault : "it is an IFUNC, and its candidates are unknown";
}

/** Patch each function of the name. */
static bool visit_wanted(void *context, const struct elffile_symbol *symbol) {
    struct wanted *wanted = context;
    bool is = symbol->function &&
              (wanted->decode ? wantedname_is_decoded(&wanted->name, symbol->name)
                              : strcmp(symbol->name, wanted->name.text) == 0);
    if (is) {
        wanted->found++;
        const char *fault = symbol->chosen ? patch_choices(wanted, symbol->address)
                                           : patch_wanted(wanted, symbol->address);
        wanted->fault = fault ? fault : wanted->fault;
    }
    return true;
}

/** Patch the function that begins at an address, as linked. */
static void find_address(struct wanted *wanted, uint64_t address) {
    const struct functions *functions = &wanted->search->functions;
    struct function_range range;
    wanted->found++;
    if (!elffile_bytes(functions->file, address, 1)) {
        wanted->fault = "there is no code at that address";
    } else if (functions_find(functions, address, &range) && range.low != address) {
        wanted->fault = "no function begins at that address";
    } else {
        wanted->search->told = address;
        wanted->fault = patch_wanted(wanted, address);
    }
}

/** Patch the functions by name that no other file has. */
static void find_named(struct search *search) {
    struct mf_patches *patches = search->patches;
    for (unsigned i = 0; i < patches->named_count; i++) {
        struct wanted wanted = {.search = search, .which = i};
        if (search->result->named_found[i]) {
            continue;
        }
        wantedname_begin(&wanted.name, patches->named[i].name);
        uint64_t address = wantedname_address(&wanted.name);
        if (address && search->file == 0) {
            find_address(&wanted, address);
        } else {
            elffile_symbols(search->functions.file, visit_wanted, &wanted);
        }
        wanted.decode = wanted.found == 0;
        if (wanted.decode) {
            elffile_symbols(search->functions.file, visit_wanted, &wanted);
        }
        search->result->named_found[i] = wanted.found > 0;
        if (wanted.fault) {
            add_fault(search, wanted.name.text, wanted.fault);
        }
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
    return search->codes ? NULL
                         : "libcapstone, which reads machine code, is not installed";
}

/** Patch the allocator's functions. */
static void find_allocator(struct search *search) {
    elffile_symbols(search->functions.file, visit, search);
    search->result->found = search->found[MF_MALLOC];
    if (!search->found[MF_MALLOC]) {
        // In a static program there may be others that are told by their addresses.
        if (!search->closed) {
            add_fault(search, "malloc", "it is not exported");
        }
        return;
    }
    for (unsigned i = 0; i < MF_ENTRY_NAMED; i++) {
        if (search->found[i]) {
            add(search, (enum mf_entry)i);
        }
    }
    if (!patches_reach_malloc(search->result)) {
        search->patches->count = 0;
    }
    lead_all_past(search);
}

/** Work out all patches of one file. */
static void find(struct search *search, bool allocator) {
    const char *fault = begin(search);
    if (fault) {
        add_fault(search, allocator ? "malloc" : search->patches->named[0].name, fault);
        return;
    }
    if (allocator) {
        find_allocator(search);
    }
    find_named(search);
}

/** Open a file that is to be patched; 0 on success, -1 with errno. */
static int open_file(struct search *search, const char *path) {
    struct mf_patches *plan = search->patches;
    struct stat status;
    if (stat(path, &status) != 0) {
        return -1;
    }
    functions_open_path(&search->functions, path);
    if (!search->functions.file) {
        return -1;
    }
    search->file = plan->file_count;
    plan->files[plan->file_count++] = (struct mf_patch_file){
        .device = status.st_dev,
        .inode = status.st_ino,
        .low = search->functions.base,
        .high = elffile_end(search->functions.file),
    };
    return 0;
}

int patches_find(struct patches *patches, const char *path, bool allocator) {
    struct search search = {.result = patches, .patches = &patches->plan};
    if (open_file(&search, path) != 0) {
        return -1;
    }
    search.closed = allocator && !elffile_has_interpreter(search.functions.file);
    find(&search, allocator);
    microcodes_free(search.codes);
    functions_close(&search.functions);
    return 0;
}

void patches_find_in(struct patches *patches, const char *library) {
    struct mf_patches *plan = &patches->plan;
    uint32_t before = plan->count;
    if (plan->file_count < MF_PATCH_FILES_MAX && patches_lack_named(patches) &&
        patches_find(patches, library, false) == 0 && plan->count == before) {
        plan->file_count--;
    }
}
