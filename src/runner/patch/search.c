// SPDX-License-Identifier: MIT
#include "runner/patch/search.h"

#include <string.h>

/** How often in a row a function may only jump to another one. */
#define LEADS_MAX 8

/** How long a function is taken to be that is told by its address, in a file that says nothing
 * of its functions. */
#define TOLD_LENGTH 64

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

const char *search_read(const struct search *search, uint64_t address,
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

void search_pass_landing(const struct search *search, struct relocate_code *code) {
    size_t length = sizeof(search->machine->landing);
    if (code->length > length &&
        memcmp(code->bytes, search->machine->landing, length) == 0) {
        code->bytes += length;
        code->length -= length;
        code->address += length;
    }
}

const char *search_follow(const struct search *search, uint64_t address,
                          struct relocate_code *code) {
    for (int i = 0; i < LEADS_MAX; i++) {
        struct microcode insn;
        const char *fault = search_read(search, address, code);
        if (fault) {
            return fault;
        }
        search_pass_landing(search, code);
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

const struct mf_patch *search_patch_at(const struct search *search, uint64_t address) {
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
