// SPDX-License-Identifier: MIT
// The jump takes 5 bytes: to a place within 2 GB. In the copy short branches become long
// ones, and what is told by its distance is told anew. A call becomes a jump with the return
// address of the old place, so that it never comes back to the copy: whoever unwinds the
// stack meanwhile finds it as it was.
#include "runner/patch/relocate.h"

#include <elf.h>
#include <string.h>

enum { JUMP = 5, NEAR = 4 };

/** endbr64 */
#define LANDING                                                                          \
    { 0xf3, 0x0f, 0x1e, 0xfa }

/** Append an instruction that ends in the distance of a target. */
static void append_near(struct mf_patch *patch, const unsigned char *opcode,
                        size_t length, uint64_t target) {
    static const unsigned char distance[NEAR] = {0};
    relocate_append(patch, opcode, length);
    size_t at = relocate_append(patch, distance, NEAR);
    relocate_fix(patch, (struct mf_patch_fix){.target = target,
                                              .at = (uint8_t)at,
                                              .end = (uint8_t)(at + NEAR),
                                              .kind = MF_PATCH_NEAR});
}

static void append_jump(struct mf_patch *patch, uint64_t target) {
    append_near(patch, (const unsigned char[]){0xe9}, 1, target);
}

/** Append a call, direct or by an address in memory: push the old return address, which
 * lies behind the jump. */
static const char *copy_call(struct mf_patch *patch, const struct microcode *insn,
                             uint64_t back) {
    static const unsigned char through[] = {0xff, 0x25};
    static const unsigned char address[8] = {0};
    size_t jump = insn->target ? JUMP : sizeof(through) + NEAR;
    const unsigned char push[] = {0xff, 0x35, (unsigned char)jump, 0, 0, 0};
    if (!insn->target && !insn->through) {
        return "it begins with a call by a register";
    }
    relocate_append(patch, push, sizeof(push));
    if (insn->target) {
        append_jump(patch, insn->target);
    } else {
        append_near(patch, through, sizeof(through), insn->through);
    }
    size_t at = relocate_append(patch, address, sizeof(address));
    relocate_fix(patch, (struct mf_patch_fix){
                            .target = back, .at = (uint8_t)at, .kind = MF_PATCH_ADDRESS});
    patch->calls = 1;
    return NULL;
}

/** Append a conditional branch, in its long form. */
static const char *copy_branch(struct mf_patch *patch, const unsigned char *bytes,
                               const struct microcode *insn) {
    unsigned char opcode[2] = {0x0f, 0};
    if (bytes[0] >> 4 == 0x7) {
        opcode[1] = (unsigned char)(bytes[0] + 0x10);
    } else if (bytes[0] == 0x0f && bytes[1] >> 4 == 0x8) {
        opcode[1] = bytes[1];
    } else {
        return "it begins with a branch that has no long form";
    }
    append_near(patch, opcode, sizeof(opcode), insn->target);
    return NULL;
}

/** Append an instruction that does not branch to a target of its own. */
static void copy_plain(struct mf_patch *patch, const unsigned char *bytes,
                       const struct microcode *insn, uint64_t address) {
    size_t at = relocate_append(patch, bytes, insn->length);
    if (insn->distance) {
        int32_t distance;
        memcpy(&distance, bytes + insn->distance, sizeof(distance));
        relocate_fix(patch, (struct mf_patch_fix){.target = address + insn->length +
                                                            (uint64_t)distance,
                                                  .at = (uint8_t)(at + insn->distance),
                                                  .end = (uint8_t)(at + insn->length),
                                                  .kind = MF_PATCH_NEAR});
    }
}

/** Append any instruction; `over` says whether nothing behind it is reached. */
static const char *copy_one(struct mf_patch *patch, const unsigned char *bytes,
                            const struct microcode *insn, uint64_t address, bool *over) {
    *over = insn->kind == MICROCODE_CALL || insn->kind == MICROCODE_JUMP ||
            insn->kind == MICROCODE_RETURN || insn->kind == MICROCODE_STOP;
    switch (insn->kind) {
    case MICROCODE_CALL:
        return copy_call(patch, insn, address + insn->length);
    case MICROCODE_BRANCH:
        return copy_branch(patch, bytes, insn);
    case MICROCODE_JUMP:
        if (insn->target) {
            append_jump(patch, insn->target);
            return NULL;
        }
        break;
    default:
        break;
    }
    copy_plain(patch, bytes, insn, address);
    return NULL;
}

static const char *copy(const struct relocate_code *code, struct mf_patch *patch) {
    static const unsigned char landing[] = LANDING;
    size_t at = 0;
    bool over = false;
    relocate_append(patch, landing, sizeof(landing));
    while (at < JUMP) {
        struct microcode insn;
        uint64_t address = code->address + at;
        if (over || at >= code->length) {
            if (!over || code->length + code->padding < JUMP) {
                return "it is too short";
            }
            at = JUMP;
            break;
        }
        if (!microcodes_read(code->codes, code->bytes + at, code->length - at, address,
                             &insn)) {
            return "its first instructions cannot be read";
        }
        const char *fault = copy_one(patch, code->bytes + at, &insn, address, &over);
        if (fault) {
            return fault;
        }
        at += insn.length;
    }
    if (!over) {
        append_jump(patch, code->address + at);
    }
    patch->taken = (uint8_t)at;
    return NULL;
}

/** It is what calls and jumps end in, unless they are short ones. */
static int distance(size_t length) {
    return length > NEAR ? (int)(length - NEAR) : -1;
}

const struct relocate_machine relocate_x86_64 = {
    .machine = EM_X86_64,
    .landing = LANDING,
    .jump = JUMP,
    .distance = distance,
    .copy = copy,
};
