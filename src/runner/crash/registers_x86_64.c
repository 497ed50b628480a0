// SPDX-License-Identifier: MIT
#include "runner/crash/registers.h"

#include "runner/crash/regset.h"

#include <errno.h>
#include <stdint.h>

/** DWARF numbers. */
enum {
    RSP = 7,
    RIP = 16,
    COUNT,
};

int registers_read(struct registers *registers, pid_t tid) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    *registers = (struct registers){
        .pc = raw.rip,
        .sp = raw.rsp,
        .values = {raw.rax, raw.rdx, raw.rcx, raw.rbx, raw.rsi, raw.rdi, raw.rbp, raw.rsp,
                   raw.r8, raw.r9, raw.r10, raw.r11, raw.r12, raw.r13, raw.r14, raw.r15,
                   raw.rip},
        .count = COUNT,
    };
    return 0;
}

bool registers_return(struct registers *registers, struct memory *memory) {
    uint64_t address;
    if (!memory_read(memory, registers->sp, &address, sizeof(address))) {
        return false;
    }
    registers->sp += sizeof(address);
    registers->pc = address;
    registers->values[RSP] = registers->sp;
    registers->values[RIP] = address;
    return true;
}

void registers_place(struct registers *registers, uint64_t pc, uint64_t sp) {
    registers->pc = registers->values[RIP] = pc;
    registers->sp = registers->values[RSP] = sp;
}

/** The length of the instruction that makes a system call. */
#define SYSCALL_LENGTH 2

int registers_read_call(struct registers_call *call, pid_t tid) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    errno = 0;
    long top = ptrace(PTRACE_PEEKDATA, tid, (void *)(uintptr_t)raw.rsp, NULL);
    *call = (struct registers_call){
        .number = raw.rax,
        .back = errno == 0 ? (uint64_t)top : 0,
        .arguments = {raw.rdi, raw.rsi, raw.rdx, raw.r10, raw.r8, raw.r9},
        .from = raw.rip,
    };
    return 0;
}

int registers_answer(pid_t tid, long result) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.rax = (uint64_t)result;
    raw.orig_rax = UINT64_MAX;
    return regset_set(tid, &raw);
}

int registers_redo(pid_t tid, const struct registers_call *call) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.rax = call->number;
    raw.orig_rax = UINT64_MAX;
    raw.rdi = call->arguments[0];
    raw.rsi = call->arguments[1];
    raw.rdx = call->arguments[2];
    raw.r10 = call->arguments[3];
    raw.r8 = call->arguments[4];
    raw.r9 = call->arguments[5];
    raw.rip = call->from - SYSCALL_LENGTH;
    return regset_set(tid, &raw);
}

int registers_restore(pid_t tid, const struct registers_call *call) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.r9 = call->arguments[5];
    return regset_set(tid, &raw);
}

const struct registers_trap registers_trap = {.code = {0xcc}, .length = 1, .behind = 1};

int registers_set_pc(pid_t tid, uint64_t pc) {
    struct user_regs_struct raw;
    if (regset_get(tid, &raw) != 0) {
        return -1;
    }
    raw.rip = pc;
    return regset_set(tid, &raw);
}
