// SPDX-License-Identifier: MIT
// The jump takes one instruction: to a place within 128 MB. One that tells something by its
// distance is not copied: functions rarely begin so.
#include "runner/patch/relocate.h"

#include <elf.h>
#include <string.h>

enum { JUMP = 4 };

/** Kinds of instructions whose meaning depends on where they are: those whose bits are
 * these, under a mask. */
static const struct {
    uint32_t mask, bits;
} relative[] = {
    {0x7c000000, 0x14000000}, // b, bl
    {0xff000000, 0x54000000}, // b.cond
    {0x7e000000, 0x34000000}, // cbz, cbnz
    {0x7e000000, 0x36000000}, // tbz, tbnz
    {0x1f000000, 0x10000000}, // adr, adrp
    {0x3b000000, 0x18000000}, // ldr of a literal
};

static const char *copy(const struct relocate_code *code, struct mf_patch *patch) {
    static const unsigned char landing[] = {0xdf, 0x24, 0x03, 0xd5}; // bti jc
    static const unsigned char jump[] = {0, 0, 0, 0x14};
    uint32_t insn;
    if (code->length < sizeof(insn)) {
        return "it is too short";
    }
    memcpy(&insn, code->bytes, sizeof(insn));
    for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++) {
        if ((insn & relative[i].mask) == relative[i].bits) {
            return "its first instruction depends on where it is";
        }
    }
    relocate_append(patch, landing, sizeof(landing));
    relocate_append(patch, &insn, sizeof(insn));
    size_t at = relocate_append(patch, jump, sizeof(jump));
    relocate_fix(patch, (struct mf_patch_fix){.target = code->address + JUMP,
                                              .at = (uint8_t)at,
                                              .end = (uint8_t)at,
                                              .kind = MF_PATCH_BRANCH26});
    patch->taken = JUMP;
    return NULL;
}

/** It is in the instruction itself. */
static int distance(size_t length) {
    (void)length;
    return 0;
}

const struct relocate_machine relocate_aarch64 = {
    .machine = EM_AARCH64,
    .landing = {0x5f, 0x24, 0x03, 0xd5}, // bti c
    .jump = JUMP,
    .distance = distance,
    .copy = copy,
};
