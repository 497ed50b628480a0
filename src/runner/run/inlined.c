// SPDX-License-Identifier: MIT
#include "runner/run/inlined.h"

#include "runner/code/elffile.h"
#include "runner/code/inlining.h"
#include "runner/patch/wantedname.h"

#include <string.h>

/** The most names that patched functions have. */
#define NAMES_MAX 128
/** How far behind its entry a function is patched at most, where that only says that it is
 * one. */
#define LANDING 4

struct search {
    struct inlined *result;
    const struct patches *patches;
    /** What the patched functions of the allocator are called, and what each one is. */
    char names[NAMES_MAX][MF_NAMED_TEXT_MAX];
    enum mf_function functions[NAMES_MAX];
    unsigned count;
};

/** The patch of the function that begins at an address; NULL = it is not patched. */
static const struct mf_patch *patch_at(const struct search *search, uint64_t address) {
    const struct mf_patches *plan = &search->patches->plan;
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct mf_patch *patch = &plan->list[i];
        if (patch->file == 0 && patch->taken && address <= patch->address &&
            patch->address - address <= LANDING) {
            return patch;
        }
    }
    return NULL;
}

static bool note_name(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    const struct mf_patch *patch =
        symbol->function ? patch_at(search, symbol->address) : NULL;
    // The others have no blocks to give.
    if (patch && patch->entry < MF_ENTRY_FREE && search->count < NAMES_MAX &&
        strlen(symbol->name) < MF_NAMED_TEXT_MAX) {
        strcpy(search->names[search->count], symbol->name);
        search->functions[search->count++] = (enum mf_function)patch->entry;
    }
    return true;
}

/** Which function by name that the program has a call is one of; NULL = none. */
static const char *find_named(const struct search *search, const char *name,
                              const char *linkage) {
    const struct patches *patches = search->patches;
    for (unsigned i = 0; i < patches->plan.named_count; i++) {
        const char *text = patches->plan.named[i].name;
        struct wantedname wanted;
        wantedname_begin(&wanted, text);
        if (patches->named_found[i] &&
            (strcmp(text, linkage ? linkage : name) == 0 ||
             (linkage && wantedname_is_decoded(&wanted, linkage)))) {
            return text;
        }
    }
    return NULL;
}

static void add(struct inlined *inlined, const char *name) {
    bool known = inlined->count == MF_ENTRY_COUNT;
    for (unsigned i = 0; i < inlined->count; i++) {
        known |= strcmp(inlined->names[i], name) == 0;
    }
    if (!known) {
        inlined->names[inlined->count++] = name;
    }
}

/** Whether a function is one of the allocator's own, by how they begin: "mi_" where mi_malloc is
 * another name of malloc; or a form of operator new. */
static bool is_akin(const struct search *search, const char *function) {
    bool is =
        strncmp(function, "operator new", 12) == 0 || strncmp(function, "_Zn", 3) == 0;
    for (unsigned i = 0; i < search->count && !is; i++) {
        size_t length = strcspn(search->names[i], "_") + 1;
        is = length > 1 && strlen(search->names[i]) > length &&
             strncmp(function, search->names[i], length) == 0;
    }
    return is;
}

static void visit(void *context, const struct inlining_call *call) {
    struct search *search = context;
    const char *name = call->name, *linkage = call->linkage;
    const char *found = name ? find_named(search, name, linkage) : NULL;
    bool named = found;
    for (unsigned i = 0; name && i < search->count && !found; i++) {
        if (strcmp(search->names[i], linkage ? linkage : name) == 0) {
            found = mf_function_name(search->functions[i]);
        }
    }
    // What is a part of a patched function is a part of that one's call.
    bool apart = found && !patch_at(search, call->into);
    if (apart && (named || !call->into_name || !is_akin(search, call->into_name))) {
        add(search->result, found);
    }
}

void inlined_find(struct inlined *inlined, const struct patches *patches,
                  const char *program) {
    struct search search = {.result = inlined, .patches = patches};
    *inlined = (struct inlined){.count = 0};
    struct elffile *file = patches->plan.count > 0 ? elffile_open(program) : NULL;
    if (file) {
        elffile_symbols(file, note_name, &search);
        elffile_close(file);
        inlining_list(program, visit, &search);
    }
}
