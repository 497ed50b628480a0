// SPDX-License-Identifier: MIT
#include "runner/code/microcode_capstone.h"

enum { RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15 };

#define BIT(reg) (UINT32_C(1) << (reg))

const struct microcode_machine microcode_x86_64 = {
    .result = RAX,
    .argument = RDI,
    .sp = RSP,
    .fp = RBP,
    .saved = BIT(RBX) | BIT(RBP) | BIT(RSP) | BIT(R12) | BIT(R13) | BIT(R14) | BIT(R15),
};

/** capstone's numbers of a register: 8 bytes wide, 4, 2, 1, and the second byte. */
static const unsigned registers[][5] = {
    [RAX] = {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
    [RBX] = {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
    [RCX] = {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
    [RDX] = {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
    [RSI] = {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL, 0},
    [RDI] = {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL, 0},
    [RBP] = {X86_REG_RBP, X86_REG_EBP, X86_REG_BP, X86_REG_BPL, 0},
    [RSP] = {X86_REG_RSP, X86_REG_ESP, X86_REG_SP, X86_REG_SPL, 0},
    [R8] = {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B, 0},
    [R9] = {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B, 0},
    [R10] = {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B, 0},
    [R11] = {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B, 0},
    [R12] = {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B, 0},
    [R13] = {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B, 0},
    [R14] = {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B, 0},
    [R15] = {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B, 0},
};

unsigned microcode_x86_64_register(unsigned reg) {
    for (unsigned i = 0; reg && i < sizeof(registers) / sizeof(registers[0]); i++) {
        for (unsigned k = 0; k < sizeof(registers[0]) / sizeof(registers[0][0]); k++) {
            if (registers[i][k] == reg) {
                return i;
            }
        }
    }
    return MICROCODE_NONE;
}

/** The register that is an operand, if a pointer fits into it. */
static unsigned whole(const cs_x86_op *operand) {
    return operand->type == X86_OP_REG && operand->size == 8
               ? microcode_x86_64_register(operand->reg)
               : MICROCODE_NONE;
}

/** Whether an operand is a word of the stack; where it is. */
static bool is_slot(const cs_x86_op *operand, struct microcode_slot *slot) {
    const x86_op_mem *memory = &operand->mem;
    unsigned base = operand->type == X86_OP_MEM ? microcode_x86_64_register(memory->base)
                                                : MICROCODE_NONE;
    *slot = (struct microcode_slot){MICROCODE_NONE, base, memory->disp};
    return (base == RSP || base == RBP) && memory->index == X86_REG_INVALID &&
           memory->segment == X86_REG_INVALID;
}

static void copy(struct microcode *code, unsigned to, unsigned from) {
    if (to < MICROCODE_NONE && to != RSP && from < MICROCODE_NONE) {
        code->kind = MICROCODE_COPY;
        code->to = to;
        code->from = from;
    }
}

static void translate_mov(const cs_x86 *detail, struct microcode *code) {
    const cs_x86_op *to = &detail->operands[0];
    const cs_x86_op *from = &detail->operands[1];
    if (to->type == X86_OP_MEM && is_slot(to, &code->slots[0])) {
        code->kind = MICROCODE_STORE;
        code->slots[0].reg = whole(from);
        code->slot_count = 1;
    } else if (whole(to) < MICROCODE_NONE && is_slot(from, &code->slots[0])) {
        code->kind = MICROCODE_LOAD;
        code->slots[0].reg = whole(to);
        code->slot_count = 1;
    } else {
        copy(code, whole(to), whole(from));
    }
}

/** lea: a copy, where only a constant is added. */
static void translate_lea(const cs_x86 *detail, struct microcode *code) {
    const x86_op_mem *memory = &detail->operands[1].mem;
    if (memory->index == X86_REG_INVALID) {
        copy(code, whole(&detail->operands[0]), microcode_x86_64_register(memory->base));
    }
}

/** add, sub, and: of a constant. */
static void translate_sum(const cs_insn *insn, struct microcode *code) {
    const cs_x86_op *operands = insn->detail->x86.operands;
    unsigned to = whole(&operands[0]);
    if (operands[1].type != X86_OP_IMM) {
        return;
    }
    if (to == RSP && insn->id != X86_INS_AND) {
        int64_t by = operands[1].imm;
        code->pop = insn->id == X86_INS_ADD ? by : -by;
        code->written &= ~BIT(RSP);
    }
    copy(code, to, to);
}

static void translate_push(const cs_x86 *detail, struct microcode *code) {
    code->kind = MICROCODE_STORE;
    code->push = -8;
    code->written &= ~BIT(RSP);
    code->slots[0] = (struct microcode_slot){whole(&detail->operands[0]), RSP, 0};
    code->slot_count = 1;
}

static void translate_pop(const cs_x86 *detail, struct microcode *code) {
    code->kind = MICROCODE_LOAD;
    code->pop = 8;
    code->written &= ~BIT(RSP);
    code->slots[0] = (struct microcode_slot){whole(&detail->operands[0]), RSP, 0};
    code->slot_count = 1;
}

/** cmp with 0, test with itself. */
static void translate_test(const cs_insn *insn, struct microcode *code) {
    const cs_x86_op *operands = insn->detail->x86.operands;
    bool zero = insn->id == X86_INS_TEST
                    ? operands[0].type == X86_OP_REG && operands[1].type == X86_OP_REG &&
                          operands[0].reg == operands[1].reg
                    : operands[1].type == X86_OP_IMM && operands[1].imm == 0;
    code->from = whole(&operands[0]);
    bool slot = operands[0].size == 8 && is_slot(&operands[0], &code->slots[0]);
    code->slot_count = slot;
    if (zero && (slot || code->from < MICROCODE_NONE)) {
        code->kind = MICROCODE_TEST;
    }
}

/** Where a call or a jump goes. */
static void set_target(const cs_insn *insn, struct microcode *code) {
    const cs_x86_op *operand = &insn->detail->x86.operands[0];
    if (operand->type == X86_OP_IMM) {
        code->target = (uint64_t)operand->imm;
    } else if (operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP) {
        code->through = insn->address + insn->size + (uint64_t)operand->mem.disp;
    }
}

static bool is_in(const cs_insn *insn, uint8_t group) {
    for (uint8_t i = 0; i < insn->detail->groups_count; i++) {
        if (insn->detail->groups[i] == group) {
            return true;
        }
    }
    return false;
}

/** What does not go on with the next instruction, or not always. */
static void translate_flow(const cs_insn *insn, struct microcode *code) {
    set_target(insn, code);
    if (is_in(insn, CS_GRP_CALL)) {
        code->kind = MICROCODE_CALL;
        code->written = 0;
    } else if (is_in(insn, CS_GRP_RET)) {
        code->kind = MICROCODE_RETURN;
    } else if (insn->id == X86_INS_JMP) {
        code->kind = MICROCODE_JUMP;
    } else if (is_in(insn, CS_GRP_JUMP) || insn->id == X86_INS_LOOP ||
               insn->id == X86_INS_LOOPE || insn->id == X86_INS_LOOPNE) {
        code->kind = MICROCODE_BRANCH;
        code->condition = insn->id == X86_INS_JE    ? MICROCODE_IF_ZERO
                          : insn->id == X86_INS_JNE ? MICROCODE_IF_NOT_ZERO
                                                    : MICROCODE_ANYTHING;
    }
}

/** Where it says how far an operand is. */
static size_t distance(const cs_x86 *detail) {
    for (uint8_t i = 0; i < detail->op_count; i++) {
        const cs_x86_op *operand = &detail->operands[i];
        if (operand->type == X86_OP_MEM && operand->mem.base == X86_REG_RIP) {
            return detail->encoding.disp_offset;
        }
    }
    return 0;
}

void microcode_x86_64_translate(const cs_insn *insn, struct microcode *code) {
    const cs_x86 *detail = &insn->detail->x86;
    if ((insn->id == X86_INS_XOR || insn->id == X86_INS_SUB) &&
        detail->operands[0].reg == detail->operands[1].reg) {
        // That is how a register is set to 0.
        code->reads_result = false;
    }
    code->distance = distance(detail);
    switch (insn->id) {
    case X86_INS_MOV:
        translate_mov(detail, code);
        break;
    case X86_INS_LEA:
        translate_lea(detail, code);
        break;
    case X86_INS_ADD:
    case X86_INS_SUB:
    case X86_INS_AND:
        translate_sum(insn, code);
        break;
    case X86_INS_PUSH:
        translate_push(detail, code);
        break;
    case X86_INS_POP:
        translate_pop(detail, code);
        break;
    case X86_INS_CMP:
    case X86_INS_TEST:
        translate_test(insn, code);
        break;
    case X86_INS_CMOVE:
    case X86_INS_CMOVNE:
        copy(code, whole(&detail->operands[0]), whole(&detail->operands[1]));
        code->other = code->to;
        code->merges = code->kind == MICROCODE_COPY;
        break;
    case X86_INS_HLT:
    case X86_INS_UD2:
        code->kind = MICROCODE_STOP;
        break;
    default:
        translate_flow(insn, code);
    }
}
