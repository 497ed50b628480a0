// SPDX-License-Identifier: MIT
#include "runner/code/microcode_capstone.h"

/** x0 to x28 have their own numbers. */
enum { X0 = 0, X19 = 19, X28 = 28, X29 = 29, SP = 31 };

#define BIT(reg) (UINT32_C(1) << (reg))

const struct microcode_machine microcode_aarch64 = {
    .result = X0,
    .argument = X0,
    .sp = SP,
    .fp = X29,
    .saved = BIT(SP) | (BIT(X29 + 1) - BIT(X19)),
};

unsigned microcode_aarch64_register(unsigned reg) {
    return reg >= ARM64_REG_X0 && reg <= ARM64_REG_X28   ? reg - ARM64_REG_X0
           : reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30 ? reg - ARM64_REG_W0
           : reg == ARM64_REG_X29                        ? 29
           : reg == ARM64_REG_X30                        ? 30
           : reg == ARM64_REG_SP || reg == ARM64_REG_WSP ? SP
                                                         : MICROCODE_NONE;
}

/** The register that is an operand, if a pointer fits into it and it is not the stack
 * pointer. */
static unsigned whole(const cs_arm64_op *operand) {
    unsigned reg = operand->type == ARM64_OP_REG ? operand->reg : ARM64_REG_INVALID;
    bool narrow = reg >= ARM64_REG_W0 && reg <= ARM64_REG_W30;
    unsigned number = narrow ? MICROCODE_NONE : microcode_aarch64_register(reg);
    return number == SP ? MICROCODE_NONE : number;
}

static void copy(struct microcode *code, unsigned to, unsigned from) {
    if (to < MICROCODE_NONE && from < MICROCODE_NONE) {
        code->kind = MICROCODE_COPY;
        code->to = to;
        code->from = from;
    }
}

/** add, sub, and: of a constant. */
static void translate_sum(const cs_insn *insn, struct microcode *code) {
    const cs_arm64_op *operands = insn->detail->arm64.operands;
    if (operands[2].type != ARM64_OP_IMM) {
        return;
    }
    if (operands[0].reg == ARM64_REG_SP && operands[1].reg == ARM64_REG_SP &&
        insn->id != ARM64_INS_AND) {
        code->pop = insn->id == ARM64_INS_ADD ? operands[2].imm : -operands[2].imm;
        code->written &= ~BIT(SP);
    }
    copy(code, whole(&operands[0]), whole(&operands[1]));
}

/** mov, and orr with the zero register, which is the same. */
static void translate_mov(const cs_insn *insn, struct microcode *code) {
    const cs_arm64_op *operands = insn->detail->arm64.operands;
    bool orr = insn->id == ARM64_INS_ORR;
    if (!orr || operands[1].reg == ARM64_REG_XZR) {
        copy(code, whole(&operands[0]), whole(&operands[orr ? 2 : 1]));
    }
}

/** Registers to or from memory: where they lie, if that is the stack. */
static void translate_transfer(const cs_insn *insn, struct microcode *code,
                               enum microcode_kind kind, unsigned count) {
    const cs_arm64 *detail = &insn->detail->arm64;
    const cs_arm64_op *memory = &detail->operands[count];
    if (detail->op_count <= count || memory->type != ARM64_OP_MEM) {
        return;
    }
    unsigned base = microcode_aarch64_register(memory->mem.base);
    // Behind the brackets it is a change of the register by so much afterwards.
    bool after =
        detail->op_count > count + 1 && detail->operands[count + 1].type == ARM64_OP_IMM;
    bool before = detail->writeback && !after;
    if ((detail->writeback || after) && base < MICROCODE_NONE) {
        // A constant is added to what points there.
        code->written &= ~BIT(base);
    }
    if (insn->id == ARM64_INS_LDR && base != SP && base != X29) {
        code->through = (uint64_t)(int64_t)memory->mem.disp;
        code->paged = true;
    }
    if ((base != SP && base != X29) || memory->mem.index != ARM64_REG_INVALID) {
        return;
    }
    code->kind = kind;
    code->slot_count = count;
    for (unsigned i = 0; i < count; i++) {
        code->slots[i] = (struct microcode_slot){
            whole(&detail->operands[i]), base, before ? 8 * i : memory->mem.disp + 8 * i};
    }
    if (base == SP && (before || after)) {
        code->push = before ? memory->mem.disp : 0;
        code->pop = after ? detail->operands[count + 1].imm : 0;
    }
}

/** cmp with 0. */
static void translate_compare(const cs_insn *insn, struct microcode *code) {
    const cs_arm64_op *operands = insn->detail->arm64.operands;
    if (operands[1].type == ARM64_OP_IMM && operands[1].imm == 0 &&
        whole(&operands[0]) < MICROCODE_NONE) {
        code->kind = MICROCODE_TEST;
        code->from = whole(&operands[0]);
    }
}

/** b and b.cond. */
static void translate_jump(const cs_insn *insn, struct microcode *code) {
    arm64_cc condition = insn->detail->arm64.cc;
    bool always = condition == ARM64_CC_INVALID || condition == ARM64_CC_AL ||
                  condition == ARM64_CC_NV;
    code->kind = always ? MICROCODE_JUMP : MICROCODE_BRANCH;
    code->target = (uint64_t)insn->detail->arm64.operands[0].imm;
    code->condition = condition == ARM64_CC_EQ   ? MICROCODE_IF_ZERO
                      : condition == ARM64_CC_NE ? MICROCODE_IF_NOT_ZERO
                                                 : MICROCODE_ANYTHING;
}

/** cbz, cbnz, tbz, tbnz: the register comes first, the target last. */
static void translate_branch(const cs_insn *insn, struct microcode *code) {
    const cs_arm64 *detail = &insn->detail->arm64;
    code->kind = MICROCODE_BRANCH;
    code->target = (uint64_t)detail->operands[detail->op_count - 1].imm;
    if (insn->id == ARM64_INS_CBZ || insn->id == ARM64_INS_CBNZ) {
        code->from = whole(&detail->operands[0]);
        code->condition =
            insn->id == ARM64_INS_CBZ ? MICROCODE_IF_ZERO : MICROCODE_IF_NOT_ZERO;
    }
}

static void translate_select(const cs_insn *insn, struct microcode *code) {
    const cs_arm64_op *operands = insn->detail->arm64.operands;
    code->kind = MICROCODE_COPY;
    code->to = whole(&operands[0]);
    code->from = whole(&operands[1]);
    code->other = whole(&operands[2]);
    code->merges = true;
}

/** What does not go on with the next instruction, or not always. */
static void translate_flow(const cs_insn *insn, struct microcode *code) {
    switch (insn->id) {
    case ARM64_INS_B:
        translate_jump(insn, code);
        break;
    case ARM64_INS_CBZ:
    case ARM64_INS_CBNZ:
    case ARM64_INS_TBZ:
    case ARM64_INS_TBNZ:
        translate_branch(insn, code);
        break;
    case ARM64_INS_BL:
        code->target = (uint64_t)insn->detail->arm64.operands[0].imm;
        // fall through
    case ARM64_INS_BLR:
        code->kind = MICROCODE_CALL;
        code->written = 0;
        break;
    case ARM64_INS_BR:
        code->kind = MICROCODE_JUMP;
        break;
    case ARM64_INS_RET:
        code->kind = MICROCODE_RETURN;
        break;
    case ARM64_INS_BRK:
    case ARM64_INS_HLT:
        code->kind = MICROCODE_STOP;
        break;
    default:
        break;
    }
}

void microcode_aarch64_translate(const cs_insn *insn, struct microcode *code) {
    switch (insn->id) {
    case ARM64_INS_MOV:
    case ARM64_INS_ORR:
        translate_mov(insn, code);
        break;
    case ARM64_INS_ADD:
    case ARM64_INS_SUB:
    case ARM64_INS_AND:
        translate_sum(insn, code);
        break;
    case ARM64_INS_ADRP:
        code->page = (uint64_t)insn->detail->arm64.operands[1].imm;
        break;
    case ARM64_INS_LDR:
    case ARM64_INS_LDUR:
        translate_transfer(insn, code, MICROCODE_LOAD, 1);
        break;
    case ARM64_INS_LDP:
        translate_transfer(insn, code, MICROCODE_LOAD, 2);
        break;
    case ARM64_INS_STR:
    case ARM64_INS_STUR:
        translate_transfer(insn, code, MICROCODE_STORE, 1);
        break;
    case ARM64_INS_STP:
        translate_transfer(insn, code, MICROCODE_STORE, 2);
        break;
    case ARM64_INS_CMP:
        translate_compare(insn, code);
        break;
    case ARM64_INS_CSEL:
        translate_select(insn, code);
        break;
    default:
        translate_flow(insn, code);
    }
}
