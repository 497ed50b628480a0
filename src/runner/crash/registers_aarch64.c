// SPDX-License-Identifier: MIT
#include "runner/crash/registers.h"

#include "runner/crash/regset.h"

/** DWARF numbers. */
enum {
    LR = 30,
    SP,
    COUNT,
};

int registers_read(struct registers *registers, pid_t tid) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    *registers = (struct registers){.pc = raw.pc, .sp = raw.sp, .count = COUNT};
    for (unsigned i = 0; i < SP; i++) {
        registers->values[i] = raw.regs[i];
    }
    registers->values[SP] = raw.sp;
    return 0;
}

bool registers_return(struct registers *registers, struct memory *memory) {
    (void)memory;
    registers->pc = registers->values[LR];
    return true;
}

void registers_place(struct registers *registers, uint64_t pc, uint64_t sp) {
    registers->pc = pc;
    registers->sp = registers->values[SP] = sp;
}

/** The length of the instruction that makes a system call. */
#define SYSCALL_LENGTH 4
/** The register with its number, and that of its last argument. */
#define NUMBER 8
#define LAST   5

int registers_read_call(struct registers_call *call, pid_t tid) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    *call = (struct registers_call){
        .number = raw.regs[NUMBER],
        .from = raw.pc,
        .back = raw.regs[LR],
    };
    for (int i = 0; i <= LAST; i++) {
        call->arguments[i] = raw.regs[i];
    }
    return 0;
}

int registers_answer(pid_t tid, long result) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.regs[0] = (uint64_t)result;
    return regset_set(tid, &raw);
}

int registers_redo(pid_t tid, const struct registers_call *call) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    for (int i = 0; i <= LAST; i++) {
        raw.regs[i] = call->arguments[i];
    }
    raw.regs[NUMBER] = call->number;
    raw.pc = call->from - SYSCALL_LENGTH;
    return regset_set(tid, &raw);
}

int registers_restore(pid_t tid, const struct registers_call *call) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.regs[LAST] = call->arguments[LAST];
    return regset_set(tid, &raw);
}

// brk #0
const struct registers_trap registers_trap = {.code = {0x00, 0x00, 0x20, 0xd4},
                                              .length = 4};

int registers_set_pc(pid_t tid, uint64_t pc) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.pc = pc;
    return regset_set(tid, &raw);
}
