// SPDX-License-Identifier: MIT
#include "runner/patch/reach.h"

#include <string.h>

static bool is_patched(const struct mf_patches *patches, enum mf_entry entry) {
    for (uint32_t i = 0; i < patches->count; i++) {
        if (patches->list[i].entry == entry && patches->list[i].taken) {
            return true;
        }
    }
    return false;
}

bool patches_lack_named(const struct patches *patches) {
    bool lack = false;
    for (unsigned i = 0; i < patches->plan.named_count; i++) {
        lack |= !patches->named_found[i];
    }
    return lack;
}

bool patches_reach_malloc(const struct patches *patches) {
    return is_patched(&patches->plan, (enum mf_entry)MF_MALLOC);
}

const char *patches_irreplaceable(const struct patches *patches) {
    static const char *const taking[] = {"free", "realloc", "reallocarray",
                                         "malloc_usable_size"};
    for (size_t i = 0; i < sizeof(taking) / sizeof(taking[0]); i++) {
        for (unsigned k = 0; k < patches->fault_count; k++) {
            if (strcmp(patches->faults[k].function, taking[i]) == 0) {
                return patches->faults[k].function;
            }
        }
    }
    return is_patched(&patches->plan, MF_ENTRY_FREE) ? NULL : "free";
}

const char *patches_blind(const struct patches *patches, bool sizes) {
    const struct mf_patches *plan = &patches->plan;
    if (!patches_reach_malloc(patches)) {
        return NULL;
    }
    if (!is_patched(plan, MF_ENTRY_FREE)) {
        return "its free() is not reached";
    }
    bool known = false;
    for (uint32_t i = 0; i < plan->count; i++) {
        known |= plan->list[i].entry == MF_ENTRY_USABLE_SIZE;
    }
    return sizes && !known
               ? "it has no malloc_usable_size(), and only that knows how large blocks are"
               : NULL;
}
