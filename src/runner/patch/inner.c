// SPDX-License-Identifier: MIT
#include "runner/patch/inner.h"

#include <string.h>

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

/** What is done with each instruction that leads to an address. */
typedef void see_function(struct search *search, const struct relocate_code *code,
                          uint64_t address, const struct microcode *insn);

/** Go through the calls, jumps and branches of some code. */
static void see_all(struct search *search, const struct relocate_code *code, size_t at,
                    see_function *see) {
    struct microcode insn;
    while (at < code->length &&
           microcodes_read(search->codes, code->bytes + at, code->length - at,
                           code->address + at, &insn)) {
        if (insn.target) {
            see(search, code, code->address + at, &insn);
        }
        at += insn.length;
    }
}

/** The other patched function that an instruction leads to; NULL = none. */
static const struct mf_patch *other(const struct search *search,
                                    const struct relocate_code *code,
                                    const struct microcode *insn) {
    const struct mf_patch *to = search_patch_at(search, insn->target);
    return to && to->address != code->address ? to : NULL;
}

static void lead(struct search *search, const struct relocate_code *code,
                 uint64_t address, const struct microcode *insn) {
    const struct mf_patch *to = other(search, code, insn);
    if (to) {
        lead_past(search, address, insn, (enum mf_entry)to->entry);
    }
}

/** Whether the compiler has taken the code at an address out of a function. */
static bool is_part(const struct search *search, uint64_t address) {
    const struct elffile_symbol *symbol =
        symboltable_find(&search->functions.symbols, address);
    return symbol && symbol->address == address &&
           (strstr(symbol->name, ".part.") || strstr(symbol->name, ".cold"));
}

static void lead_part(struct search *search, const struct relocate_code *code,
                      uint64_t address, const struct microcode *insn) {
    struct relocate_code part;
    (void)code;
    (void)address;
    if (is_part(search, insn->target) && !search_read(search, insn->target, &part)) {
        see_all(search, &part, 0, lead);
    }
}

bool inner_calls(struct search *search, const struct relocate_code *code) {
    struct microcode insn;
    bool any = false;
    for (size_t at = 0; at < code->length &&
                        microcodes_read(search->codes, code->bytes + at,
                                        code->length - at, code->address + at, &insn);
         at += insn.length) {
        any |= insn.target && other(search, code, &insn);
    }
    return any;
}

/** Whether a function is what glibc before 2.34 makes its first calls by: a hook that makes the
 * call anew. */
static bool is_first_hook(const char *name) {
    return strcmp(name, "malloc_hook_ini") == 0 ||
           strcmp(name, "realloc_hook_ini") == 0 ||
           strcmp(name, "memalign_hook_ini") == 0;
}

/** Lead what such hooks call past the jumps, too. */
static void lead_hooks(struct search *search) {
    const struct symboltable *symbols = &search->functions.symbols;
    for (size_t i = 0; search->closed && i < symbols->count; i++) {
        struct relocate_code code;
        if (is_first_hook(symbols->list[i].name) &&
            !search_read(search, symbols->list[i].address, &code)) {
            see_all(search, &code, 0, lead);
        }
    }
}

void inner_lead_past(struct search *search) {
    lead_hooks(search);
    for (uint32_t i = 0; i < search->patches->count; i++) {
        struct mf_patch *patch = &search->patches->list[i];
        struct relocate_code code;
        if (!patch->taken || search_read(search, patch->address, &code)) {
            continue;
        }
        see_all(search, &code, patch->taken, lead);
        see_all(search, &code, 0, lead_part);
        for (unsigned k = 0; k < patch->fixes; k++) {
            const struct mf_patch *to =
                patch->fix[k].kind == MF_PATCH_NEAR
                    ? search_patch_at(search, patch->fix[k].target)
                    : NULL;
            if (to) {
                patch->fix[k].kind = MF_PATCH_ORIGINAL;
                patch->fix[k].target = to->entry;
            }
        }
    }
}
