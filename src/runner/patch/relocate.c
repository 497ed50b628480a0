// SPDX-License-Identifier: MIT
#include "runner/patch/relocate.h"

#include <string.h>

const struct relocate_machine *relocate_machine(unsigned machine) {
    static const struct relocate_machine *const all[] = {&relocate_x86_64,
                                                         &relocate_aarch64};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (all[i]->machine == machine) {
            return all[i];
        }
    }
    return NULL;
}

size_t relocate_append(struct mf_patch *patch, const void *bytes, size_t length) {
    size_t at = patch->copied;
    memcpy(patch->copy + at, bytes, length);
    patch->copied = (uint8_t)(at + length);
    return at;
}

void relocate_fix(struct mf_patch *patch, struct mf_patch_fix fix) {
    patch->fix[patch->fixes++] = fix;
}

bool relocate_is_padding(const unsigned char *bytes, size_t length) {
    size_t at = 0;
    while (at < length && (bytes[at] == 0x90 || bytes[at] == 0xcc)) {
        at++;
    }
    // A long instruction that does nothing, with its prefixes.
    size_t opcode = at;
    while (opcode < length && (bytes[opcode] == 0x66 || bytes[opcode] == 0x2e)) {
        opcode++;
    }
    return at == length || opcode == length || bytes[opcode] == 0x0f;
}

const char *relocate_check_targets(const struct relocate_code *code, uint64_t low,
                                   uint64_t high) {
    size_t at = 0;
    while (at < code->length) {
        struct microcode insn;
        if (!microcodes_read(code->codes, code->bytes + at, code->length - at,
                             code->address + at, &insn)) {
            // Data between the code: it goes on behind it.
            at++;
            continue;
        }
        if (insn.target > low && insn.target < high) {
            return "a branch leads into its first instructions";
        }
        at += insn.length;
    }
    return NULL;
}
