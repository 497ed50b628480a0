// SPDX-License-Identifier: MIT
#include "runner/breakpoint/plan.h"

#include "runner/code/elffile.h"

#include <string.h>

/** The symbols that are looked for. */
struct search {
    const struct elffile *file;
    struct breakpoint_plan *plan;
};

static bool visit(void *context, const struct elffile_symbol *symbol) {
    struct search *search = context;
    struct breakpoint_plan *plan = search->plan;
    if (symbol->function && strcmp(symbol->name, "__errno_location") == 0) {
        plan->error.function = symbol->address;
    }
    if (symbol->function && symbol->global && strcmp(symbol->name, "main") == 0) {
        plan->main = symbol->address;
    }
    if (symbol->function && strcmp(symbol->name, "_init") == 0) {
        plan->init = symbol->address;
    }
    if (symbol->thread && strcmp(symbol->name, "errno") == 0) {
        plan->error.known =
            elffile_thread_distance(search->file, symbol->address, &plan->error.distance);
    }
    return true;
}

int breakpoint_plan_find(struct breakpoint_plan *plan, const char *path,
                         const struct mf_patches *patches) {
    struct elffile *file = elffile_open(path);
    struct search search = {file, plan};
    *plan = (struct breakpoint_plan){.patches = patches};
    if (!file) {
        return -1;
    }
    elffile_symbols(file, visit, &search);
    elffile_close(file);
    return 0;
}

bool breakpoint_plan_sets_errno(const struct breakpoint_plan *plan) {
    return plan->error.function || plan->error.known;
}

bool breakpoint_plan_gates(const struct mf_patch *patch) {
    return patch->taken && patch->file == 0 &&
           (patch->entry < MF_ENTRY_FREE || patch->entry >= MF_ENTRY_NAMED);
}

uint32_t breakpoint_plan_function(const struct mf_patch *patch) {
    return patch->entry >= MF_ENTRY_NAMED ? MF_NAMED + patch->named : patch->entry;
}

mf_functions breakpoint_plan_functions(const struct breakpoint_plan *plan) {
    mf_functions functions = 0;
    for (uint32_t i = 0; i < plan->patches->count; i++) {
        const struct mf_patch *patch = &plan->patches->list[i];
        if (breakpoint_plan_gates(patch)) {
            functions |= MF_FUNCTION_BIT(breakpoint_plan_function(patch));
        }
    }
    return functions;
}
