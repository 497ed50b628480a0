// SPDX-License-Identifier: MIT
#include "runner/patch/patches.h"

#include "runner/patch/inner.h"
#include "runner/patch/reach.h"
#include "runner/patch/search.h"
#include "runner/patch/wantedname.h"

#include <string.h>
#include <sys/stat.h>

enum use {
    /** Calls of it come to us. */
    PATCHED,
    /** So they do, unless it has its memory from another one that is patched. */
    PATCHED_ALONE,
    /** It is only called by us. */
    CALLED,
    /** Calls of a sanitizer's own come to us: of AddressSanitizer's, of any. */
    OF_ADDRESS,
    OF_ANY,
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
    [MF_ENTRY_STRDUP] = {"strdup", OF_ADDRESS},
    [MF_ENTRY_INTERNAL_STRDUP] = {"__strdup", OF_ADDRESS},
    [MF_ENTRY_STRNDUP] = {"strndup", OF_ANY},
};

static bool visit(void *context, const struct elffile_symbol *symbol) {
    static const char *const beginnings[] = {"__asan_init", "__tsan_init", "__msan_init"};
    struct search *search = context;
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        bool is = strcmp(symbol->name, beginnings[i]) == 0;
        search->sanitizer |= is;
        search->address |= is && i == 0;
    }
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
    const char *fault = search_follow(search, search->found[entry], &code);
    if (fault || search_patch_at(search, code.address) ||
        (entries[entry].use == PATCHED_ALONE && inner_calls(search, &code))) {
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
    enum use use = entries[entry].use;
    if ((use == OF_ADDRESS && !search->address) ||
        (use == OF_ANY && !search->sanitizer)) {
        return;
    }
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
    const char *fault = search_read(search, address, &code);
    if (!fault) {
        search_pass_landing(search, &code);
    }
    if (!fault && search_patch_at(search, code.address)) {
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
    const char *fault = search_read(search, address, &code);
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

/** Whether a function is itself one of those that are looked for. */
static bool is_told(const struct search *search, const char *name) {
    bool is = false;
    for (unsigned i = 0; i < search->patches->named_count && !is; i++) {
        is = strcmp(search->patches->named[i].name, name) == 0;
    }
    return is;
}

/** Patch each function of the name; note what the compiler has made of it for other calls. */
static bool visit_wanted(void *context, const struct elffile_symbol *symbol) {
    struct wanted *wanted = context;
    struct search *search = wanted->search;
    char *clone = search->result->named_clone[wanted->which];
    enum wantedname_making making;
    if (!symbol->function ||
        !wantedname_is(&wanted->name, symbol->name, wanted->decode, &making)) {
        return true;
    }
    if (making == WANTEDNAME_SAME) {
        wanted->found++;
        const char *fault = symbol->chosen ? patch_choices(wanted, symbol->address)
                                           : patch_wanted(wanted, symbol->address);
        wanted->fault = fault ? fault : wanted->fault;
    } else if (making == WANTEDNAME_CLONE && !is_told(search, symbol->name) &&
               strlen(symbol->name) < MF_NAMED_TEXT_MAX) {
        strcpy(clone, symbol->name);
    }
    return true;
}

/** How far in front of an address that is told something is looked for that begins there. */
#define NEAR 256

/** Whether an address is in the middle of an instruction: code is read from what is known to begin
 * near it, a function or its section. Where nothing is, that is not known. */
static bool is_inside_instruction(const struct search *search, uint64_t address) {
    struct function_range range = {0, 0};
    uint64_t start = address;
    while (address - start < NEAR && range.high == 0 &&
           elffile_bytes(search->functions.file, start - 1, 1)) {
        start--;
        functions_find(&search->functions, start, &range);
    }
    if (range.high == 0 && address - start == NEAR) {
        return false;
    }
    uint64_t at = range.high ? range.low : start;
    struct microcode insn;
    while (at < address) {
        size_t length = address - at + 16;
        const unsigned char *bytes = elffile_bytes(search->functions.file, at, length);
        if (!bytes || !microcodes_read(search->codes, bytes, length, at, &insn)) {
            return false;
        }
        at += insn.length;
    }
    return at != address;
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
    } else if (is_inside_instruction(wanted->search, address)) {
        wanted->fault = "it is in the middle of an instruction";
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
    inner_lead_past(search);
}

/** Work out all patches of one file. */
static void find(struct search *search, bool allocator) {
    const char *fault = begin(search);
    if (fault) {
        search->result->blind = true;
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

/** Patch the functions of a malloc of a library's own, which it keeps to itself, or finds first:
 * others that look for one by its name come to ours. */
static void find_own_malloc(struct search *search) {
    search->closed = true;
    elffile_symbols(search->functions.file, visit, search);
    if (!search->found[MF_MALLOC]) {
        return;
    }
    for (unsigned i = 0; i < MF_ENTRY_FREE; i++) {
        if (search->found[i]) {
            add(search, (enum mf_entry)i);
        }
    }
    if (!patches_reach_malloc(search->result)) {
        search->patches->count = 0;
    }
    inner_lead_past(search);
}

/** Note which functions by name a library has, and why one cannot be patched. */
static void note_named(struct patches *patches, const bool *before) {
    struct mf_patches *plan = &patches->plan;
    for (unsigned i = 0; i < plan->named_count; i++) {
        bool found = patches->named_found[i] && !before[i];
        plan->named_later |= (uint32_t)found << i;
        for (unsigned k = 0; k < patches->fault_count && found; k++) {
            if (strcmp(patches->faults[k].function, plan->named[i].name) == 0) {
                plan->fault.named = i;
                strncpy(plan->fault.reason, patches->faults[k].reason,
                        sizeof(plan->fault.reason) - 1);
            }
        }
    }
}

int patches_find_module(struct patches *patches, const char *path) {
    struct search search = {.result = patches, .patches = &patches->plan};
    bool before[MF_NAMED_MAX];
    memcpy(before, patches->named_found, sizeof(before));
    if (open_file(&search, path) != 0) {
        return -1;
    }
    patches->plan.module = true;
    if (!begin(&search)) {
        find_own_malloc(&search);
        find_named(&search);
    }
    note_named(patches, before);
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
