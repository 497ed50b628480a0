// SPDX-License-Identifier: MIT
// The jump takes one instruction: to a place within 128 MB. One that tells something by its
// distance is written anew: an address is read from behind the copy, and a branch goes a few
// instructions on, to one that reaches as far.
#include "runner/patch/relocate.h"

#include <elf.h>
#include <string.h>

enum { JUMP = 4, LINK = 30 };

#define BRANCH  UINT32_C(0x14000000)
#define NOTHING UINT32_C(0xd503201f)

static void append(struct mf_patch *patch, uint32_t insn) {
    relocate_append(patch, &insn, sizeof(insn));
}

static void append_branch(struct mf_patch *patch, uint64_t target) {
    uint8_t at = patch->copied;
    append(patch, BRANCH);
    relocate_fix(patch,
                 (struct mf_patch_fix){
                     .target = target, .at = at, .end = at, .kind = MF_PATCH_BRANCH26});
}

/** Append an instruction that reads a register from behind the next one, that one, which
 * branches, and an address. */
static void append_address(struct mf_patch *patch, unsigned reg, uint64_t address,
                           uint64_t target) {
    static const unsigned char room[8] = {0};
    append(patch, UINT32_C(0x58000000) | 3u << 5 | reg);
    append_branch(patch, target);
    append(patch, NOTHING);
    size_t at = relocate_append(patch, room, sizeof(room));
    relocate_fix(patch, (struct mf_patch_fix){.target = address,
                                              .at = (uint8_t)at,
                                              .kind = MF_PATCH_ADDRESS});
}

/** Bits of an instruction as a signed number. */
static int64_t field(uint32_t insn, unsigned low, unsigned count) {
    return (int64_t)((uint64_t)(insn >> low) << (64 - count)) >> (64 - count);
}

/** Kinds of instructions whose meaning depends on where they are: those whose bits are
 * these, under a mask. */
enum kind { PLAIN, JUMPS, CALLS, BRANCHES, TESTS, ADDRESS, PAGE, LITERAL };

static enum kind kind_of(uint32_t insn) {
    static const struct {
        uint32_t mask, bits;
        enum kind kind;
    } relative[] = {
        {0xfc000000, 0x14000000, JUMPS},    // b
        {0xfc000000, 0x94000000, CALLS},    // bl
        {0xff000000, 0x54000000, BRANCHES}, // b.cond
        {0x7e000000, 0x34000000, BRANCHES}, // cbz, cbnz
        {0x7e000000, 0x36000000, TESTS},    // tbz, tbnz
        {0x9f000000, 0x10000000, ADDRESS},  // adr
        {0x9f000000, 0x90000000, PAGE},     // adrp
        {0x3b000000, 0x18000000, LITERAL},  // ldr of a literal
    };
    for (size_t i = 0; i < sizeof(relative) / sizeof(relative[0]); i++) {
        if ((insn & relative[i].mask) == relative[i].bits) {
            return relative[i].kind;
        }
    }
    return PLAIN;
}

/** Append a branch to the instruction behind the next one, and those two. */
static void append_condition(struct mf_patch *patch, uint32_t insn, unsigned bits,
                             uint64_t address) {
    const uint32_t mask = ((UINT32_C(1) << bits) - 1) << 5;
    append(patch, (insn & ~mask) | 2u << 5);
    append_branch(patch, address + JUMP);
    append_branch(patch, address + (uint64_t)(field(insn, 5, bits) * 4));
}

static const char *copy(const struct relocate_code *code, struct mf_patch *patch) {
    enum { NEAR_BITS = 14, BITS = 19, FAR_BITS = 26 };
    static const unsigned char landing[] = {0xdf, 0x24, 0x03, 0xd5}; // bti jc
    uint64_t here = code->address;
    uint32_t insn;
    if (code->length < sizeof(insn)) {
        return "it is too short";
    }
    memcpy(&insn, code->bytes, sizeof(insn));
    uint64_t target = here + (uint64_t)(field(insn, 0, FAR_BITS) * 4);
    int64_t distance = field(insn, 5, BITS) * 4 + (insn >> 29 & 3);
    patch->taken = JUMP;
    relocate_append(patch, landing, sizeof(landing));
    switch (kind_of(insn)) {
    case PLAIN:
        append(patch, insn);
        append_branch(patch, here + JUMP);
        break;
    case JUMPS:
        append_branch(patch, target);
        break;
    case CALLS:
        append_address(patch, LINK, here + JUMP, target);
        patch->calls = 1;
        break;
    case BRANCHES:
        append_condition(patch, insn, BITS, here);
        break;
    case TESTS:
        append_condition(patch, insn, NEAR_BITS, here);
        break;
    case ADDRESS:
        append_address(patch, insn & 31, here + (uint64_t)distance, here + JUMP);
        break;
    case PAGE:
        append_address(patch, insn & 31,
                       (here & ~UINT64_C(4095)) + (uint64_t)(distance * 4096),
                       here + JUMP);
        break;
    case LITERAL:
        return "its first instruction reads what lies near it";
    }
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
