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

static void visit(void *context, const char *name, const char *linkage, uint64_t into) {
    struct search *search = context;
    const char *found = name ? find_named(search, name, linkage) : NULL;
    for (unsigned i = 0; name && i < search->count && !found; i++) {
        if (strcmp(search->names[i], linkage ? linkage : name) == 0) {
            found = mf_function_name(search->functions[i]);
        }
    }
    // What is a part of a patched function is a part of that one's call.
    if (found && !patch_at(search, into)) {
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
